"""`saleor-loyalty rotate_keys`: encrypt every stored token with the first key."""

from django.core.management.base import BaseCommand, CommandError

from saleor_loyalty.installations.operations import rotate_secrets
from saleor_loyalty.installations.secrets import UnreadableSecret


class Command(BaseCommand):
    """After it, the older keys in ENCRYPTION_KEYS are needed no more."""

    help = "Encrypt every stored token with the first key of ENCRYPTION_KEYS."

    def handle(self, **_options: object) -> None:
        """Rotate, and say how many tokens there were."""
        try:
            count = rotate_secrets()
        except UnreadableSecret as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{count} tokens are encrypted with the first key")
