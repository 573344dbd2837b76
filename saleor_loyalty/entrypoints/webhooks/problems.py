"""Telling the shop's staff, in their Dashboard, that events could not be processed."""

import logging

from saleor_loyalty.entrypoints.webhooks.models import InboxEvent
from saleor_loyalty.gateways.saleor.app import report_problem
from saleor_loyalty.gateways.saleor.client import SaleorRefused, SaleorUnavailable
from saleor_loyalty.installations.queries import connection, shop

logger = logging.getLogger(__name__)

#: The most shops told in one run.
SHOPS_MAX = 100


def report() -> None:
    """Show a problem in the Dashboard of every shop that has events which were given up.

    Saleor counts repeated reports of one problem as one, so that repeating this is harmless.
    """
    given_up = InboxEvent.objects.filter(
        status=InboxEvent.Status.FAILED, installation__is_active=True
    )
    shops = given_up.values_list("installation_id", flat=True).distinct()
    for installation_id in shops[:SHOPS_MAX]:
        try:
            report_problem(
                connection(shop(installation_id)),
                key="loyalty-events",
                message="Loyalty could not process some order events. Points may be missing"
                " until whoever runs the app replays them (saleor-loyalty replay_inbox).",
            )
        except (SaleorRefused, SaleorUnavailable) as error:
            logger.warning("a problem could not be reported: %s", type(error).__name__)
