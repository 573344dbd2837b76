"""Enrolling members, and being told facts of them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from saleor_loyalty.keys import member_key
from saleor_loyalty.members.models import Member, MemberFact, PaidMembership
from saleor_loyalty.members.queries import paid_of
from saleor_loyalty.members.rules import Paid

#: How many different facts are kept of a member.
FACTS_MAX = 200


class TooManyFacts(ValueError):
    """A member has so many facts already that no other can be told."""


class ToldOtherwise(ValueError):
    """Another number was told for the same moment before; its argument is the fact's key."""


def enrol(
    *, installation_id: UUID, saleor_user_ids: Iterable[str], at: datetime
) -> dict[str, UUID]:
    """Make members of the shop's customers who are not yet; return every one's key."""
    keys = {user_id: member_key(installation_id, user_id) for user_id in set(saleor_user_ids)}
    known = set(Member.objects.filter(id__in=keys.values()).values_list("id", flat=True))
    Member.objects.bulk_create(
        [
            Member(id=key, installation_id=installation_id, saleor_user_id=user_id, joined_at=at)
            for user_id, key in sorted(keys.items())
            if key not in known
        ],
        ignore_conflicts=True,  # someone else may have enrolled them a moment ago
    )
    return keys


@transaction.atomic
def tell_facts(
    *, installation_id: UUID, member_id: UUID, values: Mapping[str, Decimal | None], at: datetime
) -> int:
    """Remember what was told of a member, from `at` on; return how many numbers are news.

    What is so already at `at`, and what was told for that moment before, is no news. None: from
    then on it is not known. They may earn otherwise then: have them counted again.

    :raises ToldOtherwise:
    :raises TooManyFacts:
    """
    Member.objects.select_for_update(no_key=True).get(id=member_id, installation_id=installation_id)
    facts = MemberFact.objects.filter(member_id=member_id)
    told = {
        fact.key: fact
        for fact in facts.filter(key__in=values, at__lte=at).order_by("key", "-at").distinct("key")
    }
    news = []
    for key, value in values.items():
        known = told.get(key)
        if (known.value if known else None) == value:
            continue
        if known and known.at == at:
            raise ToldOtherwise(key)
        news.append(
            MemberFact(
                installation_id=installation_id, member_id=member_id, key=key, value=value, at=at
            )
        )
    if len({*facts.values_list("key", flat=True).distinct(), *values}) > FACTS_MAX:
        raise TooManyFacts
    MemberFact.objects.bulk_create(news)
    return len(news)


def note_paid(*, installation_id: UUID, paid: Mapping[UUID, Sequence[Paid]]) -> None:
    """Write when members were paying ones, as it was worked out now; they are locked."""
    known = paid_of(paid)
    changed = {
        member_id: memberships
        for member_id, memberships in paid.items()
        if sorted(memberships, key=lambda each: (each.from_at, each.order_id)) != known[member_id]
    }
    if not changed:
        return
    PaidMembership.objects.filter(member_id__in=changed).delete()
    PaidMembership.objects.bulk_create(
        [
            PaidMembership(
                installation_id=installation_id, member_id=member_id, order_id=each.order_id,
                segment=each.segment, from_at=each.from_at, until=each.until,
                year_from=each.year_from, given_back_at=each.given_back_at,
            )
            for member_id, memberships in changed.items()
            for each in memberships
        ]
    )  # fmt: skip
