"""`saleor-loyalty reconcile`: prove that balances are what the movements say."""

import sys

from django.core.management.base import BaseCommand

from saleor_loyalty.accrual.reconciliation import find_order_drift
from saleor_loyalty.ledger.reconciliation import find_drift
from saleor_loyalty.observability import metrics


class Command(BaseCommand):
    """Compare every lot, and every order, with the movements behind it."""

    help = "Prove that the sum of movements is what lots and orders say; exit 1 where it is not."

    def handle(self, **_options: object) -> None:
        """Print each difference found."""
        drifts = [*find_drift(), *find_order_drift()]
        metrics.ledger_drift(len(drifts))
        for drift in drifts:
            self.stdout.write(f"WRONG  {drift}")
        if drifts:
            sys.exit(1)
        self.stdout.write("OK  every lot and every order is what its movements say")
