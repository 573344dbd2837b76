"""Whether a document can be published: everything that is wrong with it, told at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext
from pydantic import ValidationError

from saleor_loyalty.programme.checks.campaigns import check_campaigns
from saleor_loyalty.programme.checks.earning import check_earning
from saleor_loyalty.programme.checks.later import check_later_parts
from saleor_loyalty.programme.checks.names import check_names
from saleor_loyalty.programme.checks.parts import check_repetitions, check_timezone
from saleor_loyalty.programme.checks.pieces import Piece
from saleor_loyalty.programme.checks.problems import Problem, Severity
from saleor_loyalty.programme.checks.reading import plain, read
from saleor_loyalty.programme.checks.redeeming import (
    check_conversion,
    check_members,
    check_redeeming,
)
from saleor_loyalty.programme.checks.rewards import check_rewards
from saleor_loyalty.programme.checks.tiers import check_tiers
from saleor_loyalty.programme.checks.timing import check_timing
from saleor_loyalty.programme.checks.wording import told
from saleor_loyalty.programme.document import Programme
from saleor_loyalty.programme.schema import json_schema

__all__ = ["Checked", "Invalid", "Problem", "Severity", "check", "check_text"]

PROBLEMS_MAX = 500


@dataclass(frozen=True, slots=True)
class Checked:
    """The programme, if it can be published, and all there is to say about it, errors first."""

    programme: Programme | None
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        """What keeps it from being published."""
        return tuple(each for each in self.problems if each.severity is Severity.ERROR)


class Invalid(Exception):
    """The document cannot be published; `problems` say why, and what to do."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


def check(document: Any, *, at: datetime | None = None) -> Checked:
    """Check a document that was parsed from JSON, whatever it is.

    Chapters are checked against each other even where others are broken.

    :param at: when it is to take effect, to tell what is over by then.
    """
    return _check(*plain(document), at)


def check_text(text: str | bytes, *, at: datetime | None = None) -> Checked:
    """Check a document as it was written, which may be no JSON at all."""
    return _check(*read(text), at)


def _check(document: Any, problems: list[Problem], at: datetime | None) -> Checked:
    if any(problem.path == "" for problem in problems):
        return Checked(None, tuple(problems))
    programme = None
    try:
        programme = Programme.model_validate(document)
        # As it will be kept: with everything that nobody wrote.
        document = programme.model_dump(mode="json")
    except ValidationError as error:
        problems += told(error, document, json_schema())
    problems += _cross_checks(Piece(document), at)
    told_once = _worst_first(problems)
    is_valid = all(problem.severity is not Severity.ERROR for problem in told_once)
    return Checked(programme if is_valid else None, told_once)


def _cross_checks(document: Piece, at: datetime | None) -> Iterable[Problem]:
    yield from check_timezone(document["timezone"])
    yield from check_names(document)
    yield from check_earning(document, at)
    yield from check_timing(document)
    yield from check_tiers(document)
    yield from check_campaigns(document, at)
    yield from check_rewards(document, at)
    yield from check_redeeming(document)
    yield from check_conversion(document)
    yield from check_members(document)
    yield from check_later_parts(document)
    yield from check_repetitions(document)


def _worst_first(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    order = list(Severity)
    once: dict[tuple[str, str], Problem] = {}
    for problem in problems:
        once.setdefault((problem.path, problem.code), problem)
    found = sorted(once.values(), key=lambda problem: order.index(problem.severity))
    if len(found) > PROBLEMS_MAX:
        message = gettext("There are %(count)s more.") % {"count": len(found) - PROBLEMS_MAX}
        more = Problem("", "MORE", message, found[PROBLEMS_MAX].severity)
        found = [*found[:PROBLEMS_MAX], more]
    return tuple(found)
