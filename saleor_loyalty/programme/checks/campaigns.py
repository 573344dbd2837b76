"""What can be wrong with campaigns."""

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext

from saleor_loyalty.programme.checks.parts import (
    check_award,
    check_no_orders,
    check_scope,
    check_when,
)
from saleor_loyalty.programme.checks.pieces import Piece
from saleor_loyalty.programme.checks.problems import Problem

#: The most days a period has.
_DAYS = {"DAY": 1, "WEEK": 7, "MONTH": 31, "QUARTER": 92, "YEAR": 366}


def check_campaigns(document: Piece, at: datetime | None) -> Iterator[Problem]:
    """Check stamps, challenges and surprises."""
    excluded = document["earning"]["scope"]["without"]
    for campaign in document["campaigns"].items():
        yield from check_award(campaign["award"], campaign["budget"])
        yield from check_when(campaign["when"], at)
        yield from check_scope(campaign["scope"], excluded)
        kind = campaign["kind"].text()
        if kind == "CHALLENGE":
            yield from _check_challenge(campaign)
        elif kind == "STAMPS":
            yield from _check_stamps(campaign)
        elif kind == "SURPRISE":
            yield from _check_surprise(campaign, at)


def _check_challenge(challenge: Piece) -> Iterator[Problem]:
    yield from _check_goal(challenge)
    if not challenge["period"]:
        if (challenge["in_a_row"].number() or 1) > 1:
            message = gettext("Say of which period: so many what in a row?")
            yield challenge["period"].problem("NO_PERIOD", message)
        if challenge["recurs"].text() == "EACH_PERIOD":
            message = gettext("Say in which period it recurs.")
            yield challenge["period"].problem("NO_PERIOD", message)
        if challenge["opt_in"].value is True and not challenge["when"]["ends_at"]:
            message = gettext("Say when it ends, or a period: members could opt in for ever.")
            yield challenge["opt_in"].warning("OPT_IN_WITHOUT_END", message)


def _check_goal(challenge: Piece) -> Iterator[Problem]:
    goal, target = challenge["goal"].text(), challenge["target"].number()
    if goal == "MONEY" and not challenge["currency"]:
        message = gettext("Say in which currency the target is.")
        yield challenge["currency"].problem("NO_CURRENCY", message)
    if goal and goal != "MONEY":
        if challenge["currency"]:
            message = gettext("Take it out: the target is no money.")
            yield challenge["currency"].warning("NEVER_MATTERS", message)
        if target is not None and target % 1:
            message = gettext("Write a whole number: there are no halves of what is counted.")
            yield challenge["target"].problem("NOT_WHOLE", message)
    days = _DAYS.get(challenge["period"].text())
    if goal == "VISITS" and target is not None and days and target > days:
        message = gettext("Choose up to %(days)s: that many days there are in the period.")
        yield challenge["target"].problem("OUT_OF_REACH", message, days=days)


def _check_stamps(stamps: Piece) -> Iterator[Problem]:
    target, a_day = stamps["target"].number(), stamps["at_most_a_day"].number()
    days = _DAYS.get(stamps["resets_each"].text())
    if target is not None and a_day is not None and days and target > a_day * days:
        message = gettext("Choose up to %(most)s: stamps are lost before there are more.")
        yield stamps["target"].problem("OUT_OF_REACH", message, most=a_day * days)


def _check_surprise(surprise: Piece, at: datetime | None) -> Iterator[Problem]:
    yield from check_no_orders(surprise["audience"])
    moment = surprise["at"].moment()
    if at and moment and moment <= at:
        message = gettext("Choose a later moment, or take this out: it is past.")
        yield surprise["at"].warning("OVER", message)
