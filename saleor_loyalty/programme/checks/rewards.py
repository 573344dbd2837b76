"""What can be wrong with rewards, and what of a document does nothing yet."""

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext

from saleor_loyalty.programme.checks.parts import check_scope, check_when
from saleor_loyalty.programme.checks.pieces import Piece
from saleor_loyalty.programme.checks.problems import Problem

_WITH_MONEY = ("MONEY_OFF", "GIFT_CARD")


def check_rewards(document: Piece, at: datetime | None) -> Iterator[Problem]:
    """Check that rewards are complete, for the day they become active."""
    for reward in document["rewards"].items():
        kind = reward["kind"].text()
        if kind in _WITH_MONEY and not reward["money"]:
            message = gettext("Say how much money, in each currency.")
            yield reward["money"].problem("NO_MONEY", message)
        if kind == "PERCENT_OFF" and not reward["percent"]:
            yield reward["percent"].problem("NO_PERCENT", gettext("Say how many percent."))
        yield from check_when(reward["when"], at)
        yield from check_scope(reward["scope"], Piece(None))


def check_later_parts(document: Piece) -> Iterator[Problem]:
    """Say which parts are kept, and do nothing yet."""
    yield from _later_chapters(document)
    yield from _later_awards(document)
    yield from _later_benefits(document["tiers"])
    earning, expiry = document["earning"], document["expiry"]
    if earning["paid_by_points"].text() not in ("", "MONEY_PART"):
        message = gettext("Orders cannot be paid with points yet.")
        yield earning["paid_by_points"].not_yet(message)
    if expiry["counts_from"].text() == "LAST_ACT":
        for act in expiry["acts"].items():
            if act.text() == "REDEMPTION":
                message = gettext("Points cannot be redeemed yet: this keeps none alive.")
                yield act.not_yet(message)


def _later_chapters(document: Piece) -> Iterator[Problem]:
    sentences = {
        "rewards": gettext("Rewards are kept and shown, but cannot be redeemed yet."),
        "conversion": gettext("Points do not become rewards by themselves yet."),
        "referral": gettext("Friends cannot be invited yet."),
        "membership": gettext(
            "Buying the product makes nobody a paying member yet: tell their segment through the"
            " API."
        ),
    }
    for name, sentence in sentences.items():
        if document[name]:
            yield document[name].not_yet(sentence)
    if any(limit.value is not None for _name, limit in document["redeeming"].entries()):
        message = gettext("Rewards cannot be redeemed yet: this limits nothing.")
        yield document["redeeming"].not_yet(message)


def _later_awards(document: Piece) -> Iterator[Problem]:
    rewards = [
        *(campaign["award"]["reward"] for campaign in document["campaigns"].items()),
        *(event["reward"] for event in document["earning"]["events"].items()),
    ]
    for reward in rewards:
        if reward:
            message = gettext("The reward is not given yet; points are.")
            yield reward.not_yet(message)


def _later_benefits(tiers: Piece) -> Iterator[Problem]:
    if tiers["metric"].text() == "MEMBERSHIP":
        message = gettext("Nobody can become a paying member yet: use an attribute.")
        yield tiers["metric"].not_yet(message)
    for level in tiers["levels"].items():
        if level["benefits"]["rewards"]:
            message = gettext("Levels do not give rewards yet.")
            yield level["benefits"]["rewards"].not_yet(message)
        if level["benefits"]["free_shipping"].value is True:
            message = gettext("Storefronts can read it; shipping is not made free by itself yet.")
            yield level["benefits"]["free_shipping"].not_yet(message)
