"""`saleor-loyalty doctor`: tell what is wrong with an installation."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from saleor_loyalty.entrypoints.install.examination import examine


class Command(BaseCommand):
    """Check one shop's installation."""

    help = "Tell what is wrong with a shop's installation, and what to do; exit 1 if something is."
    # The database is one of the things we check.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the shop's address."""
        parser.add_argument("--url", required=True, help="https://shop.example/graphql/")

    def handle(self, *, url: str, **_options: Any) -> None:
        """Print a line for each check."""
        findings = []
        for finding in examine(url, at=timezone.now()):
            self.stdout.write(str(finding))
            findings.append(finding)
        if any(finding.problem for finding in findings):
            sys.exit(1)
