"""The mutations by which staff give levels by hand, and the shop tells facts of members."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

import graphene
from django.db import transaction
from django.utils.translation import gettext

from saleor_loyalty.accrual.operations import settle
from saleor_loyalty.entrypoints.api import whom
from saleor_loyalty.entrypoints.api.auth import OtherApp, Staff, live_check_staff
from saleor_loyalty.entrypoints.api.context import Context
from saleor_loyalty.entrypoints.api.enums import described_enum
from saleor_loyalty.entrypoints.api.member_types import Member
from saleor_loyalty.entrypoints.api.tier_types import MANAGE_USERS
from saleor_loyalty.members import operations as members
from saleor_loyalty.programme.document import version_at
from saleor_loyalty.tiers import operations as tiers

REASON_CHARACTERS_MAX = 500
FACTS_AT_ONCE_MAX = 50
FACT_MAX = 10**12
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
#: Clocks differ.
AHEAD = timedelta(minutes=5)
# As programmes name them.
_FACT = re.compile(r"[a-z][a-z0-9-]{0,39}")
# Printable, without anything a database or a log could stumble over.
_KEY = re.compile(r"[\x21-\x7e]{1,80}")
_FINE = Decimal("0.0001")


class ErrorCode(StrEnum):
    """Why a level or facts were not changed."""

    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    IDEMPOTENCY_KEY_USED = "IDEMPOTENCY_KEY_USED"
    TOLD_OTHERWISE = "TOLD_OTHERWISE"


MemberTierErrorCode = described_enum(
    ErrorCode,
    name="MemberTierErrorCode",
    description="Why a member's level or facts were not changed.",
    values={
        "INVALID": "A value of the input cannot be used.",
        "NOT_FOUND": "The shop has no such member, or its programme no such level.",
        "IDEMPOTENCY_KEY_USED": "The key came with another level before.",
        "TOLD_OTHERWISE": "Another number was told for the same moment before.",
    },
)


class MemberTierError(graphene.ObjectType):
    """Something that kept a member's level or facts from being changed."""

    field = graphene.String(description="The field of the input it is about.")
    message = graphene.NonNull(graphene.String, description="What to do about it.")
    code = graphene.NonNull(MemberTierErrorCode, description="A code for programs.")


class MemberTierRevokeInput(graphene.InputObjectType):
    """Whose levels given by hand end now."""

    member_id = graphene.ID(description="The member.")
    user_id = graphene.ID(description="The id of the member's user in Saleor, instead.")


class MemberTierSetInput(MemberTierRevokeInput):
    """A level for a member, from now on."""

    tier_id = graphene.NonNull(graphene.ID, description="The level's key in the programme.")
    until = graphene.DateTime(description="When it ends; if not given, it does not.")
    is_floor = graphene.Boolean(
        default_value=True,
        description="Whether it is the least they have, and they may reach more. If false, they"
        " have exactly this level, whatever they do.",
    )
    reason = graphene.NonNull(graphene.String, description="Why, for other members of staff.")
    idempotency_key = graphene.NonNull(
        graphene.String,
        description="A new one for every level given (a UUID, for instance). A request repeated"
        " with the same key gives nothing again.",
    )


class MemberFactInput(graphene.InputObjectType):
    """A number told of a member."""

    key = graphene.NonNull(
        graphene.String,
        description="What it is, as the programme names it: an attribute, or a segment.",
    )
    value = graphene.Float(
        description="The number, with up to four decimals; of a segment, 1 if they are in it."
        " Null or not given: it is not known any more."
    )


class MemberFactsSetInput(MemberTierRevokeInput):
    """What is told of a member. The same told again changes nothing."""

    facts = graphene.NonNull(
        graphene.List(graphene.NonNull(MemberFactInput)),
        description=f"The facts, at most {FACTS_AT_ONCE_MAX}; others stay as they are.",
    )
    at = graphene.DateTime(description="Since when it is so; now if not given.")


class Refused(Exception):
    """It cannot be done: a code, and what to do about it."""

    def __init__(self, code: ErrorCode, field: str, message: str) -> None:
        super().__init__(message)
        self.code, self.field, self.message = code, field, message


class MemberTierSet(graphene.Mutation):
    """Gives a member a level by hand, as the least they have or as exactly theirs.

    Requires the permission MANAGE_USERS.
    """

    class Arguments:
        input = graphene.NonNull(MemberTierSetInput, description="The level.")

    member = graphene.Field(Member, description="The member, with the level there is now.")
    errors = graphene.NonNull(
        graphene.List(graphene.NonNull(MemberTierError)),
        description="Why nothing was given; empty when it was.",
    )

    @staticmethod
    def mutate(
        _root: None,
        info: Any,
        *,
        input: MemberTierSetInput,  # noqa: A002 (GraphQL's name)
    ) -> dict[str, Any]:
        """Check, ask Saleor whether the token still stands, give and count."""
        caller = info.context.staff(need=MANAGE_USERS, moves_points=True)
        return _answer(info.context, caller, input, _check_gift, _give)


class MemberTierRevoke(graphene.Mutation):
    """Ends all levels that a member was given by hand: the level they reached counts again.

    Requires the permission MANAGE_USERS.
    """

    class Arguments:
        input = graphene.NonNull(MemberTierRevokeInput, description="Whose levels.")

    member = graphene.Field(Member, description="The member, with the level there is now.")
    errors = graphene.NonNull(
        graphene.List(graphene.NonNull(MemberTierError)),
        description="Why nothing was ended; empty where nothing given is left.",
    )

    @staticmethod
    def mutate(
        _root: None,
        info: Any,
        *,
        input: MemberTierRevokeInput,  # noqa: A002 (GraphQL's name)
    ) -> dict[str, Any]:
        """Ask Saleor whether the token still stands, revoke and count."""
        caller = info.context.staff(need=MANAGE_USERS, moves_points=True)
        return _answer(info.context, caller, input, _check_nothing, _revoke)


class MemberFactsSet(graphene.Mutation):
    """Tells facts of a member: attributes that levels are reached by, and segments.

    For staff, and for other apps of the shop with their own tokens. Requires the permission
    MANAGE_USERS.
    """

    class Arguments:
        input = graphene.NonNull(MemberFactsSetInput, description="The facts.")

    member = graphene.Field(Member, description="The member, with the level there is now.")
    errors = graphene.NonNull(
        graphene.List(graphene.NonNull(MemberTierError)),
        description="Why nothing was told; empty when it was.",
    )

    @staticmethod
    def mutate(
        _root: None,
        info: Any,
        *,
        input: MemberFactsSetInput,  # noqa: A002 (GraphQL's name)
    ) -> dict[str, Any]:
        """Check, ask Saleor whether a member of staff still is one, remember and count."""
        caller = info.context.staff_or_app(need=MANAGE_USERS)
        return _answer(info.context, caller, input, _check_facts, _tell)


def _answer(
    context: Context,
    caller: Staff | OtherApp,
    given: Any,
    check: Callable[[Context, Any], None],
    act: Callable[[Context, UUID, Any], bool],
) -> dict[str, Any]:
    """Do what is asked, and count the member again if anything came of it."""
    try:
        check(context, given)
        live_check_staff(caller, context.token, context.shop)
        with transaction.atomic():
            member_id = whom.named(context, member_id=given.member_id, user_id=given.user_id)
            if act(context, member_id, given):
                settle(installation_id=context.shop.id, member_ids=[member_id], at=context.at)
    except (Refused, whom.Nobody) as error:
        code = error.code if isinstance(error, Refused) else ErrorCode.NOT_FOUND
        return {"errors": [{"field": error.field, "message": error.message, "code": code}]}
    return {"member": whom.person(context, member_id), "errors": []}


def _check_nothing(_context: Context, _given: Any) -> None:
    """There is nothing but the member."""


def _check_gift(context: Context, given: MemberTierSetInput) -> None:
    if not _KEY.fullmatch(given.idempotency_key):
        message = gettext("Write up to 80 letters, digits and signs.")
        raise Refused(ErrorCode.INVALID, "idempotencyKey", message)
    reason = given.reason.strip()
    if not reason or len(reason) > REASON_CHARACTERS_MAX or "\0" in reason:
        message = gettext("Write why, in up to %(most)s characters.")
        raise Refused(ErrorCode.INVALID, "reason", message % {"most": REASON_CHARACTERS_MAX})
    if given.until is not None:
        _check_moment("until", given.until, LATEST)
    version = version_at(context.at, context.versions)
    levels = version.document.tiers.levels if version and version.document.tiers else ()
    if not any(level.id == given.tier_id for level in levels):
        message = gettext("Choose one of the programme's levels.")
        raise Refused(ErrorCode.NOT_FOUND, "tierId", message)


def _check_facts(context: Context, given: MemberFactsSetInput) -> None:
    if given.at is not None:
        _check_moment("at", given.at, context.at + AHEAD)
    facts: Sequence[MemberFactInput] = given.facts
    keys = [fact.key for fact in facts]
    if not 0 < len(keys) <= FACTS_AT_ONCE_MAX or len(set(keys)) < len(keys):
        message = gettext("Tell 1 to %(most)s facts, each once.") % {"most": FACTS_AT_ONCE_MAX}
        raise Refused(ErrorCode.INVALID, "facts", message)
    if not all(_FACT.fullmatch(key) for key in keys):
        message = gettext("Begin with a small letter; write up to 40 of a-z, 0-9 and hyphens.")
        raise Refused(ErrorCode.INVALID, "facts", message)
    if any(fact.value is not None and abs(fact.value) > FACT_MAX for fact in facts):
        message = gettext("Write numbers up to %(most)s.") % {"most": FACT_MAX}
        raise Refused(ErrorCode.INVALID, "facts", message)


def _check_moment(field: str, moment: datetime, latest: datetime) -> None:
    if moment.tzinfo is None:
        raise Refused(ErrorCode.INVALID, field, gettext("Write the time zone too."))
    if not EARLIEST <= moment <= latest:
        message = gettext("Choose a moment until %(latest)s.")
        raise Refused(ErrorCode.INVALID, field, message % {"latest": latest.isoformat()})


def _give(context: Context, member_id: UUID, given: MemberTierSetInput) -> bool:
    gift = tiers.Gift(
        level=given.tier_id,
        from_at=context.at,
        until=given.until,
        is_floor=given.is_floor is not False,
        reason=given.reason.strip(),
        by=context.staff(need=MANAGE_USERS).user_id,
    )
    try:
        tiers.set_tier(
            installation_id=context.shop.id,
            member_id=member_id,
            gift=gift,
            key=given.idempotency_key,
        )
    except tiers.EndsBeforeItBegins as error:
        message = gettext("Choose a moment that is still to come.")
        raise Refused(ErrorCode.INVALID, "until", message) from error
    except tiers.GrantKeyUsed as error:
        message = gettext("Use a new key for a new level: this one came with another before.")
        raise Refused(ErrorCode.IDEMPOTENCY_KEY_USED, "idempotencyKey", message) from error
    return True


def _revoke(context: Context, member_id: UUID, _given: MemberTierRevokeInput) -> bool:
    by = context.staff(need=MANAGE_USERS).user_id
    return tiers.revoke(member_id=member_id, by=by, at=context.at) > 0


def _tell(context: Context, member_id: UUID, given: MemberFactsSetInput) -> bool:
    values = {
        fact.key: None if fact.value is None else Decimal(str(fact.value)).quantize(_FINE)
        for fact in given.facts
    }
    try:
        news = members.tell_facts(
            installation_id=context.shop.id,
            member_id=member_id,
            values=values,
            at=given.at or context.at,
        )
    except members.ToldOtherwise as error:
        message = gettext("Tell another moment: at this one it was another number.")
        raise Refused(ErrorCode.TOLD_OTHERWISE, "facts", message) from error
    except members.TooManyFacts as error:
        message = gettext("Use keys that are in use: a member has at most %(most)s.")
        most = {"most": members.FACTS_MAX}
        raise Refused(ErrorCode.INVALID, "facts", message % most) from error
    return news > 0
