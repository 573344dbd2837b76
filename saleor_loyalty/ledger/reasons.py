"""Why points moved, in words a shopper can read, in the language that is active."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from django.utils.translation import get_language, gettext, gettext_noop

PARAMETER_CHARACTERS_MAX = 500

_SENTENCES = {
    "ORDER": gettext_noop("Order %(order)s"),
    "ORDER_REFUND": gettext_noop("Refund of order %(order)s"),
    "ORDER_RETURN": gettext_noop("Return of goods of order %(order)s"),
    "ORDER_CANCELLED": gettext_noop("Order %(order)s was cancelled"),
    "ORDER_RECOUNTED": gettext_noop(
        "Order %(order)s was counted again, because something before it changed"
    ),
    "EVENT": "%(event)s",
    "EVENT_UNDONE": gettext_noop("No longer counts: %(event)s"),
    "ORDER_REINSTATED": gettext_noop("Order %(order)s counts again"),
    "ORDER_RESCHEDULED": gettext_noop("Order %(order)s: new date for your points"),
    "MATURED": gettext_noop("Your points are ready to use"),
    "EXPIRED": gettext_noop("Points expired"),
    "REVIVED": gettext_noop("Expired points count again"),
    "REDEMPTION": gettext_noop("Reward"),
    "REDEMPTION_CHARGED": gettext_noop("Reward used again"),
    "REDEMPTION_RELEASED": gettext_noop("Reward not used: points are free again"),
    "REDEMPTION_RETURNED": gettext_noop("Reward returned: points given back"),
    "CORRECTION": gettext_noop("Correction by the shop: %(note)s"),
    "DEBT_WRITTEN_OFF": gettext_noop("Debt written off by the shop: %(note)s"),
}
# What is said instead if all of its parameters are known; the first one that fits.
_IN_DETAIL = {
    "REDEMPTION": (
        gettext_noop("Reward %(reward)s, for order %(order)s"),
        gettext_noop("Reward %(reward)s"),
    ),
    "REDEMPTION_CHARGED": (
        gettext_noop("Reward %(reward)s used again, for order %(order)s"),
        gettext_noop("Reward %(reward)s used again"),
    ),
    "REDEMPTION_RELEASED": (gettext_noop("Reward %(reward)s not used: points are free again"),),
    "REDEMPTION_RETURNED": (
        gettext_noop("Reward %(reward)s returned, of order %(order)s: points given back"),
        gettext_noop("Reward %(reward)s returned: points given back"),
    ),
}
_ANY = gettext_noop("Change of your points")


def sentence(reason: Mapping[str, Any]) -> str:
    """Return a plain-text sentence for a posting's reason. It may hold anything a person typed:
    whoever shows it escapes it.

    A reason nobody knows, or without its parameters, gets a sentence that is true of all.
    """
    parameters = {
        name: str(value)[:PARAMETER_CHARACTERS_MAX]
        for name, value in reason.items()
        if value not in (None, "")
    }
    if named := _in_language(reason.get("translations")):
        parameters["reward" if "reward" in reason else "event"] = named
    code = str(reason.get("code"))
    for words in (*_IN_DETAIL.get(code, ()), _SENTENCES.get(code, _ANY)):
        with suppress(KeyError):
            return gettext(words) % parameters
    return gettext(_ANY)


def _in_language(translations: Any) -> str | None:
    """Return what a merchant's own rule or reward is called in the language that is active."""
    if not isinstance(translations, dict):
        return None
    language = get_language() or "en"
    return translations.get(language) or translations.get(language.partition("-")[0])
