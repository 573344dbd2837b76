"""Print our GraphQL schema."""

from typing import Any

from django.core.management.base import BaseCommand

from saleor_loyalty.entrypoints.api.schema import sdl


class Command(BaseCommand):
    """`saleor-loyalty print_schema > graphql/schema.graphql` after a change of the API."""

    help = "Print the schema of our GraphQL API."
    requires_system_checks = ()

    def handle(self, **_options: Any) -> None:
        """Print it."""
        self.stdout.write(sdl(), ending="")
