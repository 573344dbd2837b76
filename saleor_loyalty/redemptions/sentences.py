"""What became of a reward that a member took, in words for staff, in the active language.

Plain text that may hold anything a merchant typed: whoever shows it escapes it.
"""

from django.utils.translation import gettext, gettext_lazy, pgettext, pgettext_lazy

from saleor_loyalty.earning.words import in_language, money, number
from saleor_loyalty.redemptions.models import Redemption, RedemptionUse

Status = Redemption.Status
Flag = RedemptionUse.Flag

_STATES = {
    Status.REQUESTED: pgettext_lazy("reward", "Requested"),
    Status.ISSUED: pgettext_lazy("reward", "Issued"),
    Status.USED: pgettext_lazy("reward", "Used"),
    Status.RESTORED: pgettext_lazy("reward", "Restored"),
    Status.VOIDED: pgettext_lazy("reward", "Voided"),
    Status.EXPIRED: pgettext_lazy("reward", "Expired"),
}
_KINDS = {
    "PRODUCT": gettext_lazy("A product"),
    "FREE_SHIPPING": gettext_lazy("Free shipping"),
}
_FLAGS = {
    Flag.USED_AGAIN: pgettext_lazy("reward", "Used again"),
    Flag.USED_BY_OTHER: pgettext_lazy("reward", "Used by somebody else"),
}


def name(redemption: Redemption) -> str:
    """Return what the reward was called when it was taken."""
    return in_language(redemption.facts, "name", "translations")


def state(redemption: Redemption) -> str:
    """Return how far it is."""
    if redemption.status in (Status.REQUESTED, Status.ISSUED) and redemption.closing_as:
        return pgettext("reward", "Being called off")
    if redemption.status == Status.ISSUED and redemption.applied_at:
        return pgettext("reward", "In a checkout")
    return str(_STATES[Status(redemption.status)])


def worth(redemption: Redemption) -> str:
    """Return what it takes off."""
    if redemption.amount is not None:
        return money(redemption.amount, redemption.currency)
    if percent := redemption.facts["percent"]:
        return gettext("%(percent)s %% off") % {"percent": number(percent)}
    return str(_KINDS.get(redemption.facts["kind"], ""))


def trouble(redemption: Redemption) -> str:
    """Return what went wrong; what Saleor said is in its own words."""
    return gettext(redemption.trouble) if redemption.trouble else ""


def taken_off(use: RedemptionUse) -> str:
    """Return what it took off an order."""
    return money(-use.discount, use.currency) if use.discount else ""


def remarks(use: RedemptionUse) -> list[str]:
    """Return what is odd about an order that used it, and what staff should do, or did."""
    told = [str(_FLAGS[Flag(use.flag)])] if use.flag else []
    if use.flag and use.resolved_at:
        told.append(gettext("Staff have looked at it"))
    elif use.flag and use.is_to_stop and use.is_live:
        told.append(gettext("Please do not send it"))
    if not use.is_live:
        told.append(gettext("Cancelled, or all given back"))
    return told
