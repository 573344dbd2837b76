"""What is still to be done with Saleor, redemption by redemption, until nothing is.

A redemption's row is its own outbox. Whoever works on one leases it first, so that two never tell
Saleor the same at once; a lease ends by itself when its holder was killed. No transaction is open
while Saleor is asked. Every step may be repeated: it looks at the row, not at what came before.
"""

import logging
from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from saleor_loyalty.gateways.saleor.client import SaleorRefused, SaleorUnavailable
from saleor_loyalty.installations.queries import Shop, shop
from saleor_loyalty.observability import logs
from saleor_loyalty.redemptions import closing, facts, issuing, reviewing, store
from saleor_loyalty.redemptions.models import Redemption

logger = logging.getLogger(__name__)

Status = Redemption.Status

#: Redemptions of shops that removed us wait for them to come back.
AWAY = timedelta(hours=1)
#: Steps one round takes with one redemption: issue or close, then look.
STEPS_MAX = 3
#: Events of our own making come that soon after issuing.
_OURS_WITHIN = timedelta(minutes=1)
_WAIT_MAX_S = 600
# What else is due of a shop that does not answer waits so long.
_BREATH = timedelta(seconds=30)


def work(*, at: datetime) -> int:
    """Do what is due for the redemption that is due the longest; return 0 if none is."""
    redemption_id = store.claim(at=at)
    if redemption_id is None:
        return 0
    try:
        _work_on(store.get(redemption_id), at)
    except Exception:
        # The others are not held up.
        logger.exception("redemption %s could not be worked on", redemption_id)
        store.put_off(redemption_id, until=at + AWAY)
    finally:
        store.free(redemption_id, claimed_at=at)
    return 1


def go_on(shop: Shop, redemption: Redemption, *, at: datetime) -> None:
    """Do what is to be done next with a redemption that is leased.

    :raises SaleorUnavailable: it is tried again later.
    :raises SaleorRefused: nothing came of it; its points are free again, or will be.
    """
    try:
        _step(shop, redemption, at)
    except SaleorUnavailable as error:
        _later(redemption, at, str(error))
        raise
    except (SaleorRefused, issuing.CannotBeIssued) as error:
        _give_up(redemption, at, str(error))
        raise


def wake(
    *,
    installation_id: UUID,
    saleor_ids: Collection[str],
    codes: Collection[str] = (),
    at: datetime,
) -> None:
    """Have a look at redemptions whose voucher somebody changed or deleted."""
    Redemption.objects.filter(
        Q(saleor_id__in=saleor_ids, saleor_id__gt="") | Q(code__in=codes, code__gt=""),
        installation_id=installation_id,
        status=Status.ISSUED,
        issued_at__lte=at - _OURS_WITHIN,
    ).update(due_at=at)


def _work_on(redemption: Redemption, at: datetime) -> None:
    its_shop = shop(redemption.installation_id)
    if not its_shop.is_active:
        store.change(redemption, due_at=at + AWAY)
        return
    with logs.about(shop=its_shop.api_url):
        try:
            for _ in range(STEPS_MAX):
                go_on(its_shop, redemption, at=at)
                if redemption.due_at is None or redemption.due_at > at:
                    return
        except SaleorUnavailable as error:
            logger.warning("redemption %s: %s", redemption.id, error)
            # A shop that is down does not keep the workers from all others.
            store.put_off_shop(redemption.installation_id, at=at, until=at + _BREATH)
        except (SaleorRefused, issuing.CannotBeIssued) as error:
            logger.warning("redemption %s: %s", redemption.id, error)


def _step(shop: Shop, redemption: Redemption, at: datetime) -> None:
    is_new = redemption.status == Status.REQUESTED
    if is_new and not redemption.closing_as and at >= redemption.expires_at:
        # Saleor did not answer all that time.
        store.change(
            redemption,
            only=Status.REQUESTED,
            closing_as=Status.EXPIRED,
            is_ended_by_shop=True,
        )
    if redemption.closing_as and redemption.status in (Status.REQUESTED, Status.ISSUED):
        closing.close(shop, redemption, at=at)
    elif is_new:
        issuing.issue(shop, redemption, at=at)
    else:
        reviewing.review(shop, redemption, at=at)


def _later(redemption: Redemption, at: datetime, trouble: str) -> None:
    wait = min(5 * 2 ** min(redemption.attempts, 10), _WAIT_MAX_S)
    store.change(
        redemption,
        due_at=at + timedelta(seconds=wait),
        attempts=redemption.attempts + 1,
        trouble=trouble[: store.TROUBLE_CHARACTERS_MAX],
    )


def _give_up(redemption: Redemption, at: datetime, trouble: str) -> None:
    """End what Saleor does not let us make; what it does not let us end is tried again, hourly."""
    trouble = trouble[: store.TROUBLE_CHARACTERS_MAX]
    is_new = redemption.status == Status.REQUESTED and not redemption.closing_as
    if not is_new or not store.change(
        redemption,
        only=Status.REQUESTED,
        answer={"refused": facts.BY_SALEOR},
        closing_as=Status.VOIDED,
        is_ended_by_shop=True,
        due_at=at,
        trouble=trouble,
    ):
        store.change(redemption, due_at=at + AWAY, trouble=trouble)
