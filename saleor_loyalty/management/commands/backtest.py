"""`saleor-loyalty backtest`: what another programme would have given over a shop's real orders."""

import json
import os
import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from saleor_loyalty.installations.queries import shop_by_api_url
from saleor_loyalty.programme import presets
from saleor_loyalty.programme.document import Programme
from saleor_loyalty.programme.queries import NoProgramme, draft
from saleor_loyalty.programme.validation import check
from saleor_loyalty.simulation.operations import PARTS, backtest
from saleor_loyalty.simulation.reports import report

MONTHS_MAX = 120


class Command(BaseCommand):
    """Count the last months' orders under another programme, beside the one in force."""

    help = "Count a shop's last orders under its draft, a file or a preset, and compare."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Accept the shop, and what to compare with."""
        parser.add_argument("--shop", required=True, help="address of the shop's Saleor API")
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--file", metavar="FILE", help="a programme as JSON; - for stdin")
        which.add_argument("--preset", metavar="NAME", help="one of the presets")
        parser.add_argument("--months", type=int, default=12, help="how far to look back (12)")
        parser.add_argument(
            "--processes", type=int, default=os.cpu_count() or 1, help="how many count at once"
        )
        parser.add_argument("--json", action="store_true", help="print all figures as JSON")

    def handle(
        self,
        *,
        shop: str,
        file: str | None,
        preset: str | None,
        months: int,
        processes: int,
        **options: Any,
    ) -> None:
        """Run it, telling how far it is."""
        installed = shop_by_api_url(shop)
        if installed is None:
            raise CommandError(f"{shop} has not installed the app: see the list in its Dashboard.")
        if not 1 <= months <= MONTHS_MAX or not 1 <= processes <= 64:
            raise CommandError(f"Choose 1 to {MONTHS_MAX} months, and 1 to 64 processes.")
        document, started = _document(installed.id, file, preset), time.monotonic()
        try:
            comparison = backtest(
                installation_id=installed.id,
                draft=document,
                months=months,
                at=timezone.now(),
                processes=processes,
                progress=self._tell,
            )
        except NoProgramme as error:
            raise CommandError("The shop has no programme in force to compare with.") from error
        figures = report(comparison) | {"seconds": round(time.monotonic() - started, 1)}
        self.stdout.write(json.dumps(figures, indent=2) if options["json"] else _table(figures))

    def _tell(self, parts_done: int) -> None:
        end = "\n" if parts_done == PARTS else "\r"
        self.stderr.write(f"{100 * parts_done // PARTS:3} % counted", ending=end)


def _document(installation_id: UUID, file: str | None, preset: str | None) -> Programme:
    if preset:
        if preset not in presets.names():
            raise CommandError(f"There is no preset {preset}: {', '.join(presets.names())}.")
        checked = check(presets.load(preset))
    else:
        checked = check(_read(file) if file else _draft(installation_id))
    if checked.programme is None:
        raise CommandError("\n".join(["The programme has mistakes:", *map(str, checked.problems)]))
    return checked.programme


def _draft(installation_id: UUID) -> Any:
    document = draft(installation_id).document
    if document is None:
        raise CommandError("The shop has no draft: write one, or name a --file or a --preset.")
    return document


def _read(file: str) -> Any:
    try:
        return json.loads(sys.stdin.read() if file == "-" else Path(file).read_text("utf-8"))
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise CommandError(f"{file} is not JSON: {error}.") from error


def _table(figures: dict[str, Any]) -> str:
    current, draft_side = figures["current"], figures["draft"]
    lines = [
        f"{figures['orders']} orders of {figures['members']} members,"
        f" counted in {figures['seconds']} s",
        f"{'':24}{'in force':>16}{'draft':>16}",
        f"{'points':24}{current['points']:>16}{draft_side['points']:>16}",
        f"{'orders with points':24}{current['rewarded_orders']:>16}"
        f"{draft_side['rewarded_orders']:>16}",
    ]
    for what in ("cost", "by_rule", "by_tier"):
        for key in sorted({*current[what], *draft_side[what]}):
            here, there = current[what].get(key, 0), draft_side[what].get(key, 0)
            title = f"{what.removeprefix('by_')} {key or '-'}"
            lines.append(f"{title[:24]:24}{here:>16}{there:>16}")
    lines += [
        f"{move['members']} members: {move['from'] or '-'} → {move['to'] or '-'}"
        for move in figures["movers"]
    ]
    lines += [
        f"dearest: order {order['order']}, {order['points']} points for"
        f" {order['total']} {order['currency']}"
        for order in figures["worst"]
    ]
    return "\n".join(lines)
