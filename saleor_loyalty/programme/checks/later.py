"""What a document may say, and the app does not do yet."""

from collections.abc import Iterator

from django.utils.translation import gettext

from saleor_loyalty.programme.checks.pieces import Piece
from saleor_loyalty.programme.checks.problems import Problem


def check_later_parts(document: Piece) -> Iterator[Problem]:
    """Say which parts are kept, and do nothing yet."""
    if document["referral"]:
        yield document["referral"].not_yet(gettext("Friends cannot be invited yet."))
    for level in document["tiers"]["levels"].items():
        if level["benefits"]["free_shipping"].value is True:
            message = gettext("Storefronts can read it; shipping is not made free by itself yet.")
            yield level["benefits"]["free_shipping"].not_yet(message)
