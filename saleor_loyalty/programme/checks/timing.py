"""What can be wrong with when points become usable, and when they lapse."""

from collections.abc import Iterator

from django.utils.translation import gettext

from saleor_loyalty.programme.checks.pieces import Piece
from saleor_loyalty.programme.checks.problems import Problem

DAYS_A_MONTH = 31


def check_timing(document: Piece) -> Iterator[Problem]:
    """Check return windows and terms."""
    yield from _check_maturity(document["maturity"])
    yield from _check_expiry(document["expiry"])


def _check_maturity(maturity: Piece) -> Iterator[Problem]:
    days, trusted = maturity["days"].number() or 0, maturity["trusted"]["days"].number()
    windows = maturity["windows"].items()
    longest = max([days, *[window["days"].number() or 0 for window in windows]])
    if trusted is not None and trusted >= longest:
        message = gettext("Let trusted members wait less than others: %(days)s days.")
        yield maturity["trusted"]["days"].warning("NEVER_MATTERS", message, days=longest)
    for place, window in enumerate(windows):
        if not isinstance(window.value, dict):
            continue
        if not window["product_types"] and not window["channels"]:
            message = gettext("Say for which product types or channels: this is for everything.")
            yield window.warning("FITS_EVERYTHING", message)
        if any(_holds(earlier, window) for earlier in windows[:place][:50]):
            message = gettext("Move it up, or take it out: a window before it fits first.")
            yield window.warning("NEVER_MATTERS", message)


def _holds(earlier: Piece, window: Piece) -> bool:
    """Tell whether the earlier window fits whatever the later one fits."""
    for name in ("product_types", "channels"):
        wanted, others = set(window[name].texts()), set(earlier[name].texts())
        if others and not (wanted and wanted <= others):
            return False
    return isinstance(earlier.value, dict)


def _check_expiry(expiry: Piece) -> Iterator[Problem]:
    days, months = expiry["days"].number(), expiry["months"].number()
    has_term = bool(days or months)
    if expiry["days"] and expiry["months"]:
        message = gettext("Choose either days or months.")
        yield expiry["months"].problem("DAYS_AND_MONTHS", message)
    if expiry["counts_from"].text() == "LAST_ACT" and not expiry["days"] and not expiry["months"]:
        message = gettext("Say after how many days or months without an act points lapse.")
        yield expiry["counts_from"].problem("NO_TERM", message)
    if expiry["round_up_to"] and not expiry["days"] and not expiry["months"]:
        message = gettext(
            "Say after how many days or months, or take this out: points never lapse."
        )
        yield expiry["round_up_to"].warning("NEVER_MATTERS", message)
    if expiry["counts_from"].text() != "LAST_ACT" and expiry["acts"].value not in (None, ["ORDER"]):
        message = gettext("Let points count from LAST_ACT, or take this out.")
        yield expiry["acts"].warning("NEVER_MATTERS", message)
    notice = expiry["notice_days"].number()
    term = days or (months or 0) * DAYS_A_MONTH
    if has_term and notice and notice > term:
        message = gettext("Give notice later: points are not that old before they lapse.")
        yield expiry["notice_days"].warning("NOTICE_BEFORE_BEGINNING", message)
