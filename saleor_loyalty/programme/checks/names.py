"""What parts of a document call each other: every name once, and none that is not there."""

from collections.abc import Iterable, Iterator

from django.utils.translation import gettext

from saleor_loyalty.programme.checks.pieces import Piece
from saleor_loyalty.programme.checks.problems import Problem
from saleor_loyalty.programme.earning_terms import BASE_GROUP

#: Reckonings call the everyday rate and the levels' multipliers so.
EVERYDAY_RULE = "base"
LEVEL_PREFIX = "tier-"


def check_names(document: Piece) -> Iterator[Problem]:
    """Check every name, and whoever is named."""
    earning = document["earning"]
    # Receipts and budgets tell all of these apart by their ids.
    givers = [*earning["rules"].items(), *earning["events"].items(), *document["campaigns"].items()]
    yield from _once(givers)
    yield from _reserved(givers)
    yield from _once(document["tiers"]["levels"].items())
    yield from _once(document["rewards"].items())
    yield from _groups(document)
    yield from _tiers(document, givers)
    yield from _rewards(document)


def _once(named: Iterable[Piece]) -> Iterator[Problem]:
    known: dict[str, Piece] = {}
    for piece in named:
        key = piece["id"].text()
        if key and key in known:
            message = gettext("Choose another id: “%(id)s” is taken by %(other)s.")
            yield piece["id"].problem("DUPLICATE_ID", message, id=key, other=known[key].path)
        known.setdefault(key, piece)


def _reserved(givers: Iterable[Piece]) -> Iterator[Problem]:
    for giver in givers:
        if giver["id"].text() == EVERYDAY_RULE or giver["id"].text().startswith(LEVEL_PREFIX):
            message = gettext("Choose another id: “%(id)s” is used for what is built in.")
            yield giver["id"].problem("RESERVED_ID", message, id=giver["id"].text())


def _groups(document: Piece) -> Iterator[Problem]:
    earning = document["earning"]
    known = {BASE_GROUP} | {key for key, _stacking in earning["groups"].entries()}
    using = [*(rule["group"] for rule in earning["rules"].items()), document["tiers"]["group"]]
    for group in using:
        if group.text() and group.text() not in known:
            message = gettext("Add “%(name)s” to earning.groups, or choose one of its groups.")
            yield group.problem("UNKNOWN_GROUP", message, name=group.text())
    used = {group.text() for group in using} | {BASE_GROUP}
    for key, stacking in earning["groups"].entries():
        if key not in used:
            message = gettext("Take it out, or put rules into it: it is empty.")
            yield stacking.warning("EMPTY_GROUP", message)


def _tiers(document: Piece, givers: Iterable[Piece]) -> Iterator[Problem]:
    known = {level["id"].text() for level in document["tiers"]["levels"].items()}
    message = gettext("Choose one of the tiers: “%(name)s” is none of them.")
    for part in [*givers, *document["rewards"].items()]:
        for tier in part["audience"]["tiers"].items():
            if tier.text() and tier.text() not in known:
                yield tier.problem("UNKNOWN_TIER", message, name=tier.text())
    for reward in document["rewards"].items():
        for key, price in reward["tier_points"].entries():
            if key not in known:
                yield price.problem("UNKNOWN_TIER", message, name=key)


def rewards_given(document: Piece) -> list[Piece]:
    """Return the names of rewards that anything gives."""
    return [
        *(campaign["award"]["reward"] for campaign in document["campaigns"].items()),
        *(event["reward"] for event in document["earning"]["events"].items()),
        *(
            reward
            for level in document["tiers"]["levels"].items()
            for reward in level["benefits"]["rewards"].items()
        ),
    ]


def _rewards(document: Piece) -> Iterator[Problem]:
    known = {reward["id"].text() for reward in document["rewards"].items()}
    for reward in rewards_given(document):
        if reward.text() and reward.text() not in known:
            message = gettext("Choose one of the rewards: “%(name)s” is none of them.")
            yield reward.problem("UNKNOWN_REWARD", message, name=reward.text())
