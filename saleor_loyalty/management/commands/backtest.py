"""`saleor-loyalty backtest`: what another programme would have given over a shop's real orders."""

import json
import os
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from saleor_loyalty.installations.queries import shop_by_api_url
from saleor_loyalty.programme import presets
from saleor_loyalty.programme.document import Programme
from saleor_loyalty.programme.queries import NoProgramme, draft
from saleor_loyalty.programme.validation import Checked, check, check_text
from saleor_loyalty.simulation.operations import MONTHS_MAX, backtest, plan
from saleor_loyalty.simulation.reports import report
from saleor_loyalty.simulation.stages import PARTS

PROCESSES_MAX = 64
_TITLE = "{:<32}{:>16}{:>16}"


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
        if not 1 <= months <= MONTHS_MAX or not 1 <= processes <= PROCESSES_MAX:
            raise CommandError(
                f"Choose 1 to {MONTHS_MAX} months, and 1 to {PROCESSES_MAX} processes."
            )
        programme, started = _programme(installed.id, file, preset), time.monotonic()
        try:
            task = plan(
                installation_id=installed.id, draft=programme, months=months, at=timezone.now()
            )
        except NoProgramme as error:
            raise CommandError("The shop has no programme in force to compare with.") from error
        comparison = backtest(task, processes=processes, progress=self._tell)
        figures = report(comparison, task.programmes)
        figures["seconds"] = round(time.monotonic() - started, 1)
        text = json.dumps(figures, indent=2) if options["json"] else "\n".join(_table(figures))
        self.stdout.write(text)

    def _tell(self, parts_done: int) -> None:
        end = "\n" if parts_done == PARTS else "\r"
        self.stderr.write(f"{100 * parts_done // PARTS:3} % counted", ending=end)


def _programme(installation_id: UUID, file: str | None, preset: str | None) -> Programme:
    checked = _checked(installation_id, file, preset)
    if checked.programme is None:
        problems = [f"  {problem}" for problem in checked.errors]
        raise CommandError("\n".join(["The programme has mistakes:", *problems]))
    return checked.programme


def _checked(installation_id: UUID, file: str | None, preset: str | None) -> Checked:
    if preset:
        try:
            return check(presets.load(preset))
        except presets.NoSuchPreset as error:
            raise CommandError(str(error)) from error
    if file:
        return check_text(_read(file))
    document = draft(installation_id).document
    if document is None:
        raise CommandError("The shop has no draft: write one, or name a --file or a --preset.")
    return check(document)


def _read(file: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}.") from error


def _table(figures: Mapping[str, Any]) -> Iterator[str]:
    orders = sum(figures["orders"].values())
    seconds = figures["seconds"]
    yield f"{orders} orders of {figures['members']} members, counted in {seconds} s"
    yield from _sides(figures["current"], figures["draft"])
    yield f"{figures['winners']} members get more points by the draft, {figures['losers']} fewer"
    for each in [*figures["wins"][:3], *figures["losses"][:3]]:
        yield f"  member {each['member']}: {each['current']} → {each['draft']}"
    yield from _moves("on another level by the draft", figures["movers"])
    yield from _moves("moved at once, if it were published now", figures["at_once"])
    yield from _moves("on another level after the next review", figures["at_review"])
    for order in figures["dearest"]:
        yield (
            f"dear: order {order['order']} of {order['total']} {order['currency']}"
            f" gives {order['points']} points"
        )


def _sides(current: Mapping[str, Any], draft_side: Mapping[str, Any]) -> Iterator[str]:
    yield _TITLE.format("", "in force", "draft")
    yield _TITLE.format("points", current["points"], draft_side["points"])
    yield _TITLE.format(
        "orders with points", current["rewarded_orders"], draft_side["rewarded_orders"]
    )
    titles = {"cost": "worth in", "by_rule": "points by", "by_tier": "members on"}
    for what, title in titles.items():
        for key in sorted({*current[what], *draft_side[what]}):
            here, there = (side[what].get(key) or 0 for side in (current, draft_side))
            yield _TITLE.format(f"{title} {key or 'no level'}"[:32], here, there)
    for rule, wanted in draft_side["exceeded"].items():
        yield f"the budget of {rule} does not last: {wanted} points are wanted of it"


def _moves(title: str, moves: list[dict[str, Any]]) -> Iterator[str]:
    if moves:
        yield f"{sum(move['members'] for move in moves)} members {title}:"
    for move in moves:
        yield f"  {move['members']:>8} {move['from'] or 'no level'} → {move['to'] or 'no level'}"
