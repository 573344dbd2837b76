"""`saleor-loyalty programme`: read, check, write and publish a shop's programme."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from saleor_loyalty.installations.queries import shop_by_api_url
from saleor_loyalty.pages import Window
from saleor_loyalty.programme import operations, presets, queries
from saleor_loyalty.programme.differences import difference
from saleor_loyalty.programme.document import Programme
from saleor_loyalty.programme.operations import Invalid
from saleor_loyalty.programme.queries import NoProgramme
from saleor_loyalty.programme.schema import json_schema
from saleor_loyalty.programme.validation import (
    Checked,
    Problem,
    Severity,
    check,
    check_text,
)

VERSIONS_SHOWN = 50
# Stands for an option that was given without its value.
_BARE = ""
_WORDS = {
    Severity.ERROR: "WRONG  ",
    Severity.NOT_YET_ACTIVE: "LATER  ",
    Severity.WARNING: "LOOK   ",
}


@dataclass(frozen=True, slots=True)
class _Act:
    """Something to be done: to which shop, with which value, when, and what else was said."""

    installation_id: UUID
    value: Any
    at: datetime
    effective: str | None
    note: str


class Command(BaseCommand):
    """Show the programme in force as JSON, or do one of many things with it."""

    help = "Show a shop's programme as JSON; check, draft, publish, compare or withdraw one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Accept the shop, one thing to do, and how to publish."""
        parser.add_argument("--shop", help="address of the shop's Saleor API")
        act = parser.add_mutually_exclusive_group()
        act.add_argument("--json", action="store_true", help="the one in force (also without this)")
        act.add_argument("--history", action="store_true", help="list all versions")
        act.add_argument("--schema", action="store_true", help="JSON Schema of a programme")
        act.add_argument(
            "--validate", metavar="FILE", help="say what is wrong with it; - for stdin"
        )
        act.add_argument(
            "--draft", nargs="?", const=_BARE, metavar="FILE", help="show the draft, or replace it"
        )
        act.add_argument("--discard-draft", action="store_true", help="throw the draft away")
        act.add_argument(
            "--publish", nargs="?", const=_BARE, metavar="FILE",
            help="publish the draft, or a file; - for stdin",
        )  # fmt: skip
        act.add_argument("--roll-back", type=int, metavar="N", help="publish version N again")
        act.add_argument(
            "--withdraw", type=int, metavar="N", help="take back version N, not in force yet"
        )
        act.add_argument(
            "--diff", nargs="*", type=int, metavar="N",
            help="what version N changes in another; without numbers: what the draft changes",
        )  # fmt: skip
        act.add_argument(
            "--preset", nargs="?", const=_BARE, metavar="NAME", help="list presets, or draft one"
        )
        parser.add_argument(
            "--effective", metavar="ISO", help="when it takes effect, such as 2026-12-01"
        )
        parser.add_argument("--note", default="", help="why, for the list of versions")

    def handle(self, *, shop: str | None = None, **options: Any) -> None:
        """Do what was asked; without anything, show."""
        if options.get("schema"):
            self.stdout.write(json.dumps(json_schema(), indent=2, ensure_ascii=False))
        elif options.get("validate") is not None:
            self._validate(options["validate"])
        elif options.get("preset") == _BARE:
            self.stdout.write("\n".join(presets.names()))
        else:
            self._do(_installation(shop), options)

    def _do(self, installation_id: UUID, options: dict[str, Any]) -> None:
        acts: dict[str, Callable[[_Act], None]] = {
            "history": self._history,
            "draft": self._draft,
            "discard_draft": self._discard,
            "publish": self._publish,
            "roll_back": self._roll_back,
            "withdraw": self._withdraw,
            "diff": self._diff,
            "preset": self._preset,
        }
        given = (name for name in acts if options.get(name) is not None)
        name = next((name for name in given if options[name] is not False), None)
        act = _Act(
            installation_id,
            options.get(name or ""),
            timezone.now(),
            options.get("effective"),
            options.get("note") or "",
        )
        try:
            (acts[name] if name else self._show)(act)
        except Invalid as error:
            what = "kept" if name in ("draft", "preset") else "published"
            raise CommandError(_not_done(what, error.problems)) from error
        except _REFUSALS as error:
            raise CommandError(str(error)) from error

    def _show(self, act: _Act) -> None:
        self.stdout.write(_in_force(act).model_dump_json(indent=2))

    def _history(self, act: _Act) -> None:
        page = queries.history(act.installation_id, Window(size=VERSIONS_SHOWN))
        for row in page.rows:
            state = f"withdrawn {_moment(row.withdrawn_at)}" if row.withdrawn_at else row.note
            number, effective_from = row.version.number, _moment(row.version.effective_from)
            self.stdout.write(f"{number:>4}  {effective_from}  {state}".rstrip())
        if page.has_next:
            self.stdout.write("      older ones are not shown")

    def _validate(self, file: str) -> None:
        checked = check_text(_read(file), at=timezone.now())
        self._say(checked.problems)
        if checked.programme is None:
            sys.exit(1)
        self.stdout.write("OK     this can be published")

    def _draft(self, act: _Act) -> None:
        if act.value == _BARE:
            document = queries.draft(act.installation_id).document
            if document is None:
                raise operations.NoDraft
            self.stdout.write(json.dumps(document, indent=2, ensure_ascii=False))
            return
        content = _read(act.value)
        # What is no JSON cannot even be a draft.
        try:
            document = json.loads(content)
        except (ValueError, RecursionError) as error:
            problems = check_text(content, at=act.at).problems
            raise CommandError(_not_done("kept", problems)) from error
        self._keep_draft(act, document)

    def _keep_draft(self, act: _Act, document: Any) -> None:
        draft = operations.edit_draft(
            installation_id=act.installation_id, document=document, revision=None, at=act.at
        )
        self._say(check(draft.document, at=act.at).problems)
        self.stdout.write("the draft is kept; --publish publishes it")

    def _discard(self, act: _Act) -> None:
        operations.discard_draft(installation_id=act.installation_id, revision=None, at=act.at)
        self.stdout.write("there is no draft any more")

    def _preset(self, act: _Act) -> None:
        self._keep_draft(act, presets.load(act.value))

    def _publish(self, act: _Act) -> None:
        if act.value == _BARE:
            checked = check(queries.draft(act.installation_id).document, at=act.at)
            row = operations.publish_draft(
                installation_id=act.installation_id, revision=None, **_publication(act, checked)
            )
        else:
            checked = check_text(_read(act.value), at=act.at)
            if checked.programme is None:
                raise Invalid(checked.errors)
            row = operations.publish(
                installation_id=act.installation_id,
                document=checked.programme,
                **_publication(act, checked),
            )
        self._say(checked.problems)
        self._tell(row.number, row.effective_from, act)

    def _roll_back(self, act: _Act) -> None:
        older = queries.published(act.installation_id, act.value)
        checked = Checked(older.version.document if older else None, ())
        row = operations.roll_back(
            installation_id=act.installation_id, number=act.value, **_publication(act, checked)
        )
        self._tell(row.number, row.effective_from, act)

    def _withdraw(self, act: _Act) -> None:
        operations.withdraw(installation_id=act.installation_id, number=act.value, at=act.at)
        self.stdout.write(f"version {act.value} is withdrawn")

    def _diff(self, act: _Act) -> None:
        if len(act.value) > 2:
            raise CommandError("Name at most two versions: --diff 1 2.")
        old = _version(act, act.value[0]) if act.value else _in_force(act)
        new = _version(act, act.value[1]) if act.value[1:] else _drafted(act)
        changes = difference(old, new)
        for change in changes:
            self.stdout.write(change.message)
        if not changes:
            self.stdout.write("nothing changes")

    def _tell(self, number: int, effective_from: datetime, act: _Act) -> None:
        if effective_from > act.at:
            self.stdout.write(f"version {number} takes effect {_moment(effective_from)}")
        else:
            self.stdout.write(f"version {number} is in force")

    def _say(self, problems: Iterable[Problem]) -> None:
        for problem in problems:
            self.stdout.write(f"{_WORDS[problem.severity]}{problem}")


_REFUSALS = (
    operations.DraftChanged,
    operations.InThePast,
    operations.NoDraft,
    operations.NoSuchVersion,
    operations.NotWithdrawable,
    presets.NoSuchPreset,
)


def _installation(shop: str | None) -> UUID:
    if not shop:
        raise CommandError("Name the shop: --shop https://shop.example.com/graphql/")
    installed = shop_by_api_url(shop)
    if installed is None:
        raise CommandError(f"{shop} has not installed the app: see the list in its Dashboard.")
    return installed.id


def _read(file: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}.") from error


def _publication(act: _Act, checked: Checked) -> dict[str, Any]:
    """Return when, and why, a programme is published."""
    effective_from = None
    if act.effective:
        zone = checked.programme.timezone if checked.programme else "UTC"
        effective_from = _effective(act.effective, ZoneInfo(zone))
    return {"at": act.at, "effective_from": effective_from, "note": act.note}


def _effective(text: str, zone: ZoneInfo) -> datetime:
    """Return a moment; one without an offset, or a mere day, is of the programme's time zone."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise CommandError(
            f"--effective {text}: write a moment such as 2026-12-01 or 2026-12-01T08:00+01:00."
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _in_force(act: _Act) -> Programme:
    try:
        return queries.current(act.installation_id, act.at).document
    except NoProgramme as error:
        raise CommandError("The shop has no programme in force: publish one.") from error


def _version(act: _Act, number: int) -> Programme:
    found = queries.published(act.installation_id, number)
    if found is None:
        raise operations.NoSuchVersion(number)
    return found.version.document


def _drafted(act: _Act) -> Programme:
    document = queries.draft(act.installation_id).document
    if document is None:
        raise operations.NoDraft
    checked = check(document, at=act.at)
    if checked.programme is None:
        raise CommandError(_not_done("compared", checked.errors))
    return checked.programme


def _not_done(what: str, problems: Iterable[Problem]) -> str:
    lines = [f"  {problem}" for problem in problems]
    return f"The programme was not {what}:\n" + "\n".join(lines)


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M %Z}"
