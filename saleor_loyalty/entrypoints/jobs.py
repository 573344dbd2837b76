"""Timed work: each task reads the clock, makes one call a round, and may run twice or late."""

import logging
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from functools import partial
from uuid import UUID

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from saleor_loyalty.accrual import conversions, occasions, polling
from saleor_loyalty.accrual import timed as accrual_timed
from saleor_loyalty.accrual.reconciliation import find_order_drift
from saleor_loyalty.entrypoints.install import webhook_updates
from saleor_loyalty.entrypoints.webhooks import doubts, inbox, problems
from saleor_loyalty.gateways.saleor.client import SaleorRefused, SaleorUnavailable
from saleor_loyalty.installations import queries as installations
from saleor_loyalty.ledger import reconciliation, timed
from saleor_loyalty.mirrors import operations as mirrors
from saleor_loyalty.notices import lifetimes, planning, sending, staff
from saleor_loyalty.observability import logs, metrics
from saleor_loyalty.redemptions import outbox
from saleor_loyalty.simulation import operations as simulation
from saleor_loyalty.sql import alone

logger = logging.getLogger(__name__)

#: No further batch that waits for a shop is begun after so many seconds.
SETTLE_S_MAX = 30
#: No further step of a backtest is begun after so many seconds: others wait for the worker.
BACKTEST_S_MAX = 10
#: The most rounds of one run, and after how many seconds no further one is begun; what is left
#: waits for the next run.
ROUNDS_MAX = 10_000
ROUNDS_S_MAX = 120


@shared_task(name="saleor_loyalty.drain_inbox")
def drain_inbox(**_later: object) -> None:
    """Process what waits in the inbox. This never waits for a shop."""
    _repeat(_drain_batch)


@shared_task(name="saleor_loyalty.settle_doubts")
def settle_doubts(**_later: object) -> None:
    """Ask Saleor about what was not clear: one process at a time, and not for long.

    A shop that is slow to answer must not take the workers away from all others.
    """
    with alone("settle doubts") as is_alone:
        started = time.monotonic()
        while is_alone and time.monotonic() - started < SETTLE_S_MAX:
            if not doubts.settle(at=timezone.now()):
                return


@shared_task(name="saleor_loyalty.report_problems")
def report_problems(**_later: object) -> None:
    """Tell the staff of shops whose events were given up."""
    problems.report()


def _drain_batch() -> int:
    started = time.perf_counter()
    drained = inbox.drain(at=timezone.now())
    seconds = time.perf_counter() - started
    for outcome, count in asdict(drained).items():
        if count:
            metrics.events_drained(outcome, count, seconds)
    if drained.doubtful:
        settle_doubts.delay()
    return drained.claimed


@shared_task(name="saleor_loyalty.poll_orders")
def poll_orders(**_later: object) -> None:
    """Have every shop polled, each by a task of its own."""
    for shop in installations.active_shops():
        poll_shop.delay(installation_id=str(shop.id))


@shared_task(name="saleor_loyalty.poll_shop")
def poll_shop(*, installation_id: str, **_later: object) -> None:
    """Look for orders of a shop whose webhooks were lost."""
    shop = installations.shop(UUID(installation_id))
    with logs.about(shop=shop.api_url):
        try:
            found = polling.catch_up(shop, at=timezone.now())
            found += polling.reread(shop, at=timezone.now())
        except (SaleorRefused, SaleorUnavailable) as error:
            # The next run goes on where this one stopped.
            logger.warning("the shop could not be polled: %s", error)
        else:
            logger.info("polled, %d orders were news", found)


@shared_task(name="saleor_loyalty.update_webhooks")
def update_webhooks(**_later: object) -> None:
    """Have every shop's webhooks brought up to date, each by a task of its own."""
    for shop in installations.active_shops():
        update_webhooks_of_shop.delay(installation_id=str(shop.id))


@shared_task(name="saleor_loyalty.update_webhooks_of_shop")
def update_webhooks_of_shop(*, installation_id: str, **_later: object) -> None:
    """Bring a shop's webhooks to what this version of the app asks for."""
    shop = installations.shop(UUID(installation_id))
    with logs.about(shop=shop.api_url):
        try:
            changed = webhook_updates.update_webhooks(shop)
        except webhook_updates.FAILURES as error:
            logger.warning("the webhooks could not be updated: %s", error)
        else:
            if changed:
                logger.info("updated webhooks: %s", ", ".join(changed))


@shared_task(name="saleor_loyalty.mature_points")
def mature_points(**_later: object) -> None:
    """Make due points available."""
    _repeat(lambda: timed.mature(at=timezone.now()))


#: What time does, in the only right order: points that are due are usable before they become
#: rewards by themselves, and that before any are lost;
#: levels hold before they decide what lasts, and what was lost may decide levels.
ROUND = (
    timed.mature,
    conversions.convert,
    accrual_timed.review_tiers,
    lifetimes.apply_terms,
    timed.expire,
    accrual_timed.review_tiers,
)


@shared_task(name="saleor_loyalty.go_round")
def go_round(**_later: object) -> None:
    """Let time do what it does to points and levels, each step in batches until nothing is due.

    A step that is not done in time keeps the later ones waiting for the next run: their order is
    kept, however much there is to do.
    """
    began = time.monotonic()
    for step in ROUND:
        if not _repeat(partial(_at_this_moment, step), began=began):
            return


@shared_task(name="saleor_loyalty.recount")
def recount(**_later: object) -> None:
    """Count members again whose programme has a new version; a large shop takes several runs."""
    _repeat(partial(_at_this_moment, accrual_timed.recount))


def _at_this_moment(step: Callable[..., int]) -> int:
    return step(at=timezone.now())


@shared_task(name="saleor_loyalty.work_on_redemptions")
def work_on_redemptions(**_later: object) -> None:
    """Go on with what Saleor has to be told or asked about redemptions, and not for long."""
    started = time.monotonic()
    while time.monotonic() - started < SETTLE_S_MAX:
        if not outbox.work(at=timezone.now()):
            return


@shared_task(name="saleor_loyalty.mirror_to_customers")
def mirror_to_customers(**_later: object) -> None:
    """Show members' levels and points in Saleor: one process at a time, and not for long."""
    with alone("mirror to customers") as is_alone:
        started = time.monotonic()
        while is_alone and time.monotonic() - started < SETTLE_S_MAX:
            if not mirrors.work(at=timezone.now()):
                return


@shared_task(name="saleor_loyalty.plan_notices")
def plan_notices(**_later: object) -> None:
    """Find members whose points are to expire soon; unless they are told, none do."""
    _repeat(partial(_at_this_moment, planning.plan))


@shared_task(name="saleor_loyalty.send_notices")
def send_notices(**_later: object) -> None:
    """Tell members what is about to expire, and not for long: shops and mail servers are slow."""
    started = time.monotonic()
    while time.monotonic() - started < SETTLE_S_MAX:
        if not sending.send(at=timezone.now()):
            return


@shared_task(name="saleor_loyalty.extend_points")
def extend_points(**_later: object) -> None:
    """Let points last longer where staff said so for everybody."""
    _repeat(partial(_at_this_moment, staff.apply_extensions))


@shared_task(name="saleor_loyalty.celebrate")
def celebrate(**_later: object) -> None:
    """Have every shop's birthdays, anniversaries and surprises looked for, each by its own task."""
    for shop in installations.active_shops():
        celebrate_in_shop.delay(installation_id=str(shop.id))


@shared_task(name="saleor_loyalty.celebrate_in_shop")
def celebrate_in_shop(*, installation_id: str, **_later: object) -> None:
    """Give a shop's members what the day brings them."""
    shop_id = UUID(installation_id)
    _repeat(lambda: occasions.celebrate(installation_id=shop_id, at=timezone.now()))


@shared_task(name="saleor_loyalty.run_backtests")
def run_backtests(**_later: object) -> None:
    """Go on counting what staff want to try: one process at a time, and not for long.

    The timer goes on with it; a task that called itself would multiply with each tick.
    """
    with alone("run backtests") as is_alone:
        started = time.monotonic()
        while is_alone and time.monotonic() - started < BACKTEST_S_MAX:
            if not simulation.go_on(at=timezone.now()):
                return


@shared_task(name="saleor_loyalty.prune_inbox")
def prune_inbox(**_later: object) -> None:
    """Forget events that were processed long ago."""
    kept = timedelta(days=settings.INBOX_KEEP_DAYS)
    _repeat(lambda: inbox.prune(before=timezone.now() - kept))


@shared_task(name="saleor_loyalty.reconcile_ledger")
def reconcile_ledger(**_later: object) -> None:
    """Compare the ledger's lots with its movements."""
    drifts = [*reconciliation.find_drift(), *find_order_drift()]
    metrics.ledger_drift(len(drifts))
    for drift in drifts:
        logger.error("the ledger has drifted: %s", drift)


def _repeat(work: Callable[[], int], *, began: float | None = None) -> bool:
    """Go round until there is nothing left, within limits; tell whether nothing is left.

    :param began: when the run began, by the monotonic clock; None: now.
    """
    until = (began or time.monotonic()) + ROUNDS_S_MAX
    for _ in range(ROUNDS_MAX):
        if not work():
            return True
        if time.monotonic() > until:
            break
    return False
