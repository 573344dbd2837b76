"""Showing members' levels and points in Saleor: for display only, best effort, never read back.

One process does it at a time. Members are written one after the other, and each is settled at
once: whoever is killed says the same again.
"""

import logging
import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef
from django.db.models.functions import Least

from saleor_loyalty.gateways.saleor.client import Connection, SaleorRefused, SaleorUnavailable
from saleor_loyalty.gateways.saleor.customer_attributes import (
    CustomerAttributes,
    CustomerRefused,
    describe_customer,
    fetch_customer_attributes,
)
from saleor_loyalty.installations.models import Installation
from saleor_loyalty.installations.queries import connection, shop
from saleor_loyalty.installations.secrets import UnreadableSecret
from saleor_loyalty.mirrors.finding import HAS_ATTRIBUTES, find
from saleor_loyalty.mirrors.models import Mirror, MirrorTarget
from saleor_loyalty.mirrors.queries import displays
from saleor_loyalty.mirrors.rules import Display, Shown, back_off, is_current
from saleor_loyalty.observability import logs

logger = logging.getLogger(__name__)

#: A shop is asked so often for its attributes.
LOOK_EVERY = timedelta(hours=1)
#: The most members of a turn, and seconds after which no further one is begun.
BATCH_MAX, SECONDS_MAX = 20, 10
#: A shop's turns are so far apart: 240 calls a minute, and the next shop's turn comes.
BETWEEN_TURNS = timedelta(seconds=5)
# Whoever is refused may tell that the attributes are gone.
_LOOK_AFTER_REFUSAL = timedelta(minutes=5)


def work(*, at: datetime) -> int:
    """Take one step: look at a shop, find members, show some; return 0 if nothing is due."""
    return _look(at) + find(at=at) + _serve(at)


def _look(at: datetime) -> int:
    """Ask one shop for its attributes; what was shown elsewhere before is shown again."""
    _begin(at)
    due = MirrorTarget.objects.filter(look_at__lte=at, installation__is_active=True)
    target = due.order_by("look_at").first()
    if target is None:
        return 0
    target.look_at = at + LOOK_EVERY
    with logs.about(shop=shop(target.pk).api_url):
        try:
            found = fetch_customer_attributes(connection(shop(target.pk)))
        except (SaleorUnavailable, SaleorRefused, UnreadableSecret) as error:
            # Also a Saleor that is too old.
            logger.info("the shop tells of no customer attributes: %s", error)
        else:
            _note(target, found, at)
    target.save()
    return 1


def _begin(at: datetime) -> None:
    """Make sure that every shop is looked at."""
    known = MirrorTarget.objects.filter(pk=OuterRef("pk"))
    new = Installation.objects.filter(~Exists(known), is_active=True)
    MirrorTarget.objects.bulk_create(
        [
            MirrorTarget(installation_id=key, look_at=at, round_at=at, serve_at=at)
            for key in new.values_list("pk", flat=True)
        ],
        ignore_conflicts=True,
    )


def _note(target: MirrorTarget, found: CustomerAttributes, at: datetime) -> None:
    if _attributes(target) == found:
        return
    target.tier_attribute, target.points_attribute = found.tier, found.points
    target.points_are_numeric = found.points_are_numeric
    target.customer_types = list(found.customer_types)
    target.setup += 1
    target.round_at, target.place_id, target.serve_at = at, None, at


def _attributes(target: MirrorTarget) -> CustomerAttributes:
    return CustomerAttributes(
        target.tier_attribute,
        target.points_attribute,
        target.points_are_numeric,
        tuple(target.customer_types),
    )


def _serve(at: datetime) -> int:
    """Show the next members of the shop that waited longest; return how many were looked at."""
    due = Mirror.objects.filter(due_at__lte=at)
    targets = MirrorTarget.objects.filter(
        HAS_ATTRIBUTES,
        Exists(due.filter(installation_id=OuterRef("pk"))),
        installation__is_active=True,
        serve_at__lte=at,
    )
    target = targets.order_by("serve_at").first()
    if target is None:
        return 0
    mirrors = list(
        due.filter(installation_id=target.pk)
        .select_related("member")
        .order_by("due_at")[:BATCH_MAX]
    )
    changes = {"serve_at": at + BETWEEN_TURNS, "attempts": 0}
    with logs.about(shop=shop(target.pk).api_url):
        try:
            _show(target, connection(shop(target.pk)), mirrors, at)
        except (SaleorUnavailable, SaleorRefused, UnreadableSecret) as error:
            logger.warning("members are not shown in the shop: %s", error)
            attempts = min(target.attempts + 1, 100)
            changes = {"serve_at": at + back_off(attempts), "attempts": attempts}
    MirrorTarget.objects.filter(pk=target.pk).update(**changes)
    return len(mirrors)


def _show(
    target: MirrorTarget, saleor: Connection, mirrors: Sequence[Mirror], at: datetime
) -> None:
    """Show each of the members, as long as the shop answers.

    :raises SaleorUnavailable, SaleorRefused: the others wait.
    """
    began = time.monotonic()
    wanted = displays(target.pk, [mirror.member_id for mirror in mirrors], at=at)
    for mirror in mirrors:
        if time.monotonic() - began > SECONDS_MAX:
            return
        now = wanted[mirror.member_id]
        shown = Shown(mirror.setup, mirror.tier, mirror.points)
        if is_current(shown, now, setup=target.setup):
            _settle(mirror)
            continue
        _describe(target, saleor, mirror, now, at)


def _describe(
    target: MirrorTarget, saleor: Connection, mirror: Mirror, now: Display, at: datetime
) -> None:
    try:
        describe_customer(
            saleor,
            _attributes(target),
            mirror.member.saleor_user_id,
            tier=now.tier,
            points=now.points,
        )
    except CustomerRefused as error:
        logger.info("a member cannot be shown: %s", error)
        _settle(mirror, setup=target.setup, points=None)
        MirrorTarget.objects.filter(pk=target.pk).update(
            look_at=Least(F("look_at"), at + _LOOK_AFTER_REFUSAL)
        )
    except SaleorUnavailable:
        # If it is only this one whom Saleor has trouble with, the others come first next time.
        attempts = min(mirror.attempts + 1, 100)
        Mirror.objects.filter(pk=mirror.pk).update(
            due_at=at + back_off(attempts), attempts=attempts
        )
        raise
    else:
        _settle(mirror, setup=target.setup, tier=now.tier, points=now.points)


def _settle(mirror: Mirror, **shown: object) -> None:
    """Note what was shown; whatever happened meanwhile is found afterwards."""
    Mirror.objects.filter(pk=mirror.pk).update(due_at=None, attempts=0, **shown)
