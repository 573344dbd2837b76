"""What stands between a shopper and a reward, in the language that is active.

Plain text that may hold anything a merchant typed: whoever shows it escapes it.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext, gettext_lazy, ngettext

from saleor_loyalty.earning.words import in_language, money, number, unit
from saleor_loyalty.programme.reward_terms import Reward
from saleor_loyalty.rewards.values import Cut, Obstacle, Reduction, Why

_Facts = Mapping[str, Any]

_KINDS = {
    "MONEY_OFF": gettext_lazy("Money off"),
    "PERCENT_OFF": gettext_lazy("Percents off"),
    "PRODUCT": gettext_lazy("A product"),
    "FREE_SHIPPING": gettext_lazy("Free shipping"),
    "GIFT_CARD": gettext_lazy("Store credit"),
    "ACCESS": gettext_lazy("Access"),
    "PARTNER_CODE": gettext_lazy("A partner's code"),
    "DONATION": gettext_lazy("A donation"),
    "OTHER": gettext_lazy("Something else"),
}
# What is said whatever the facts.
_PLAIN = {
    Why.NOT_GIVEN: gettext_lazy("This reward is given, not bought, and you have none."),
    Why.NOT_FOR_YOU: gettext_lazy("This reward is for other members."),
    Why.WRONG_CHANNEL: gettext_lazy("This reward cannot be used here."),
    Why.NO_ELIGIBLE_GOODS: gettext_lazy(
        "There are no goods in the basket that this reward is for."
    ),
    Why.NOTHING_TO_TAKE_OFF: gettext_lazy("There is nothing that this reward could take off."),
    Why.REWARD_IN_CHECKOUT: gettext_lazy(
        "There is another reward in the basket. Give it back to use this one."
    ),
    Why.NEEDS_NEWER_SALEOR: gettext_lazy("This shop cannot give store credit yet."),
    Why.NOT_APPLICABLE: gettext_lazy("This reward cannot be used in this checkout."),
}


def kind_of(reward: Reward) -> str:
    """Return what kind of thing a reward is."""
    return str(_KINDS[reward.kind])


def obstacle(told: Obstacle) -> str:
    """Return why a reward cannot be had, and what to do about it if there is anything."""
    if told.why in _PLAIN:
        return str(_PLAIN[told.why])
    return _OBSTACLES[told.why](told.facts)


def reduction(told: Reduction) -> str:
    """Return why less is taken off than was asked for."""
    return _REDUCTIONS[told.cut](told.facts)


def _not_enough_points(facts: _Facts) -> str:
    return gettext("You need %(points)s more.") % {"points": _points(facts, "missing")}


def _wrong_tier(facts: _Facts) -> str:
    names = [
        in_language({"name": name, "translations": translations}, "name", "translations")
        for name, translations in zip(
            facts.get("tiers", ()), facts.get("translations", ()), strict=True
        )
    ]
    if not names:
        return gettext("This reward is for members of other levels.")
    return gettext("This reward is for: %(levels)s.") % {"levels": ", ".join(names)}


def _not_now(facts: _Facts) -> str:
    if not facts.get("from"):
        return gettext("This reward is not to be had any more.")
    return gettext("You can have this reward from %(moment)s.") % {"moment": _moment(facts["from"])}


def _sold_out(facts: _Facts) -> str:
    left = facts.get("left", 0)
    if not left:
        return gettext("None of this reward is left.")
    words = ngettext("Only %(left)s is left.", "Only %(left)s are left.", left)
    return words % {"left": number(left)}


def _limit_reached(facts: _Facts) -> str:
    if not facts.get("until"):
        return gettext("You have had this reward as often as you can.")
    words = gettext("You have had this reward as often as you can. You can again from %(moment)s.")
    return words % {"moment": _moment(facts["until"])}


def _wrong_currency(facts: _Facts) -> str:
    if not facts.get("currencies"):
        return gettext("This reward cannot be used in this currency.")
    listed = ", ".join(facts["currencies"])
    return gettext("This reward can be used in: %(currencies)s.") % {"currencies": listed}


def _basket_too_small(facts: _Facts) -> str:
    words = gettext("Add goods for %(missing)s more to use this reward.")
    return words % {"missing": money(facts["missing"], facts["currency"])}


def _too_few(facts: _Facts) -> str:
    words = ngettext(
        "Take it at least %(times)s time, for %(points)s.",
        "Take it at least %(times)s times, for %(points)s.",
        facts["at_least"],
    )
    return words % {"times": number(facts["at_least"]), "points": _points(facts, "points")}


def _too_many_rewards(facts: _Facts) -> str:
    words = ngettext(
        "Only %(limit)s such reward can be used in an order.",
        "Only %(limit)s such rewards can be used in an order.",
        facts["limit"],
    )
    return words % {"limit": number(facts["limit"])}


def _points_per_order(facts: _Facts) -> str:
    words = gettext("Only %(points)s can be used in an order.")
    return words % {"points": _points(facts, "limit")}


def _benefit_at_most(facts: _Facts) -> str:
    words = gettext(
        "Rewards, promotions and promo codes together take off at most %(limit)s %% of the goods."
    )
    return words % {"limit": number(facts["limit"])}


def _promo_code_in_checkout(facts: _Facts) -> str:
    if not facts.get("code"):
        return gettext("The basket has a promo code. Remove it to use this reward.")
    words = gettext("The basket has the promo code %(code)s. Remove it to use this reward.")
    return words % {"code": facts["code"]}


def _promotion_lost(facts: _Facts) -> str:
    net = Decimal(str(facts["net"]))
    words = {
        "promotion": money(facts["promotion"], facts["currency"]),
        "net": money(abs(net), facts["currency"]),
    }
    if net < 0:
        sentence = gettext("It ends a promotion worth %(promotion)s: you would pay %(net)s more.")
    else:
        sentence = gettext(
            "It ends a promotion worth %(promotion)s: you would save %(net)s in all."
        )
    return sentence % words


def _goods_cost_less(facts: _Facts) -> str:
    words = gettext("There is only %(limit)s to take off.")
    return words % {"limit": money(facts["limit"], facts["currency"])}


def _share_of_order(facts: _Facts) -> str:
    words = gettext("This reward takes off at most %(limit)s %% of the goods.")
    return words % {"limit": number(facts["limit"])}


def _steps_at_most(facts: _Facts) -> str:
    words = ngettext(
        "It can be taken %(limit)s time at most.",
        "It can be taken %(limit)s times at most.",
        facts["limit"],
    )
    return words % {"limit": number(facts["limit"])}


def _points(facts: _Facts, key: str) -> str:
    return f"{number(facts[key])} {unit(facts.get('unit'), facts[key])}"


def _moment(iso: str) -> str:
    """Return a moment by the shop's clock, its time of day only where that matters."""
    moment = datetime.fromisoformat(iso)
    is_midnight = not (moment.hour or moment.minute)
    return str(date_format(moment, "j F Y" if is_midnight else "j F Y, H:i"))


_OBSTACLES: Mapping[Why, Callable[[_Facts], str]] = {
    Why.NOT_ENOUGH_POINTS: _not_enough_points,
    Why.WRONG_TIER: _wrong_tier,
    Why.NOT_NOW: _not_now,
    Why.SOLD_OUT: _sold_out,
    Why.LIMIT_REACHED: _limit_reached,
    Why.WRONG_CURRENCY: _wrong_currency,
    Why.BASKET_TOO_SMALL: _basket_too_small,
    Why.TOO_FEW: _too_few,
    Why.TOO_MANY_REWARDS: _too_many_rewards,
    Why.TOO_MANY_POINTS: _points_per_order,
    Why.BENEFIT_LIMIT: _benefit_at_most,
    Why.PROMO_CODE_IN_CHECKOUT: _promo_code_in_checkout,
    Why.PROMOTION_LOST: _promotion_lost,
}
_REDUCTIONS: Mapping[Cut, Callable[[_Facts], str]] = {
    Cut.GOODS_COST_LESS: _goods_cost_less,
    Cut.SHARE_OF_ORDER: _share_of_order,
    Cut.TOTAL_BENEFIT: _benefit_at_most,
    Cut.POINTS_PER_ORDER: _points_per_order,
    Cut.STEPS_AT_MOST: _steps_at_most,
}
