"""`saleor-loyalty programme`: read or publish a shop's programme."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from pydantic import ValidationError

from saleor_loyalty.installations.queries import shop_by_api_url
from saleor_loyalty.programme.document import Programme
from saleor_loyalty.programme.operations import publish
from saleor_loyalty.programme.queries import NoProgramme, current


class Command(BaseCommand):
    """Show the programme in force as JSON, or publish one from a file."""

    help = "Show a shop's programme as JSON, or publish a new version from a file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Accept the shop and, to publish, a file."""
        parser.add_argument("--shop", required=True, help="address of the shop's Saleor API")
        parser.add_argument("--publish", metavar="FILE", help="a programme as JSON; - for stdin")

    def handle(self, *, shop: str, publish: str | None, **_options: object) -> None:
        """Show or publish."""
        installed = shop_by_api_url(shop)
        if installed is None:
            raise CommandError(f"{shop} has not installed the app: see the list in its Dashboard.")
        if publish is None:
            self._show(installed.id)
        else:
            self._publish(installed.id, publish)

    def _show(self, installation_id: UUID) -> None:
        try:
            version = current(installation_id, timezone.now())
        except NoProgramme as error:
            raise CommandError("The shop has no programme in force: publish one.") from error
        self.stdout.write(version.document.model_dump_json(indent=2))

    def _publish(self, installation_id: UUID, file: str) -> None:
        try:
            # Bytes: pydantic says where they are no UTF-8.
            content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
            document = Programme.model_validate_json(content)
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
        except ValidationError as error:
            raise CommandError(_in_words(error)) from error
        version = publish(installation_id=installation_id, document=document, at=timezone.now())
        self.stdout.write(f"version {version.number} is in force")


def _in_words(error: ValidationError) -> str:
    lines = [
        f"  {'.'.join(map(str, problem['loc'])) or 'document'}: {problem['msg']}"
        for problem in error.errors()
    ]
    return "The programme was not published:\n" + "\n".join(lines)
