"""`saleor-loyalty update_webhooks`: bring our webhooks in a shop up to date."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from saleor_loyalty.entrypoints.install.webhook_updates import FAILURES, update_webhooks
from saleor_loyalty.installations.queries import shop_by_api_url


class Command(BaseCommand):
    """Do now, and with an answer, what is done every hour."""

    help = "Bring our webhooks in a shop to what this version of the app needs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the shop's address."""
        parser.add_argument("--shop", required=True, help="address of the shop's Saleor API")

    def handle(self, *, shop: str, **_options: object) -> None:
        """Update, and say what was changed."""
        installed = shop_by_api_url(shop)
        if installed is None or not installed.is_active:
            raise CommandError(f"{shop} has not installed the app: see the list in its Dashboard.")
        try:
            changed = update_webhooks(installed)
        except FAILURES as error:
            raise CommandError(str(error)) from error
        for name in changed:
            self.stdout.write(f"updated  {name}")
        if not changed:
            self.stdout.write("OK  every webhook is up to date")
