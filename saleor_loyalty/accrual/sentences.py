"""A receipt in words, in the language that is active: the same for shoppers, staff and programs."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext, gettext_noop

from saleor_loyalty.campaigns import sentences as campaigns
from saleor_loyalty.earning import sentences as earning
from saleor_loyalty.earning.reckoning import Nothing

_NOTHING = {
    Nothing.NOT_PAID: gettext_noop("No points yet: the order is not paid in full"),
    Nothing.NO_PROGRAMME: gettext_noop("No points: the shop has no programme yet"),
    Nothing.CANCELLED: gettext_noop("No points: the order was cancelled"),
    Nothing.NOT_A_SALE: gettext_noop("No points: nothing was bought with this order"),
    Nothing.NO_RATE: gettext_noop("No points: orders in this currency earn none"),
    Nothing.NO_CUSTOMER: gettext_noop("No points yet: the order belongs to no account"),
    Nothing.GIVEN_BACK: gettext_noop("No points: everything was given back"),
    Nothing.STORED_VALUE: gettext_noop("No points: it was paid with gift cards or points"),
}


def sentence(reason: Mapping[str, Any]) -> str:
    """Return why a rule or campaign gave points, or nearly did."""
    return campaigns.won(str(reason.get("code")), reason) or earning.sentence(reason)


def summary(receipt: Mapping[str, Any]) -> str:
    """Return what the reasons come to, or why there are none."""
    if why := receipt.get("nothing"):
        return gettext(_NOTHING.get(why, gettext_noop("No points")))
    points = receipt.get("points", 0)
    exact = receipt.get("exact", points)
    return earning.sentence({"code": "TOTAL", "exact": exact, "together": points})
