"""A programme's document made ready for counting: once for each version, not for each order."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from saleor_loyalty.earning.reckoning import EVERYDAY
from saleor_loyalty.earning.scope import Matcher, Tags, matcher
from saleor_loyalty.programme.document import Programme, Unit
from saleor_loyalty.programme.earning_terms import (
    BASE_GROUP,
    Effect,
    EventRule,
    Multiplier,
    PointsPerAmount,
    Rule,
    Stacking,
)
from saleor_loyalty.programme.parts import Audience, Limit, Scope, When
from saleor_loyalty.programme.tier_terms import Tier

_EVERYTHING, _ALWAYS, _EVERYBODY = matcher(Scope()), When(), Audience()


@dataclass(frozen=True, slots=True)
class ReadyRule:
    """A rule, the everyday rate, or what a level multiplies, made ready for counting."""

    id: str
    # What receipts call its kind, and itself.
    code: str
    effect: Effect
    named: Mapping[str, Any]
    scope: Matcher = _EVERYTHING
    when: When = _ALWAYS
    audience: Audience = _EVERYBODY
    new_category: bool = False
    opt_in: bool = False
    channels: frozenset[str] = frozenset()
    currencies: frozenset[str] = frozenset()
    payment_methods: tuple[str, ...] = ()
    group: str = BASE_GROUP
    limits: tuple[Limit, ...] = ()
    budget: int | None = None
    # For multipliers: how much more they give, as a part of what there is.
    extra: Fraction = Fraction(0)

    # For everybody, at any time, in every channel and currency: most are.
    is_unconditional: bool = False

    @property
    def is_multiplier(self) -> bool:
        """Tell whether it needs points to work on."""
        return isinstance(self.effect, Multiplier)


@dataclass(frozen=True, slots=True)
class Terms:
    """A document made ready for counting."""

    document: Programme
    zone: ZoneInfo
    everyday: ReadyRule | None
    rules: tuple[ReadyRule, ...]
    events: Mapping[str, tuple[EventRule, ...]]
    # From low to high, and what each multiplies.
    levels: tuple[Tier, ...]
    by_level: Mapping[str, ReadyRule]
    groups: Mapping[str, Stacking]
    # Goods that no rule counts.
    excluded: Tags
    # Points to give in all, by rule or campaign.
    budgets: Mapping[str, int]
    # What is remembered of every entry, by rule: its limits beyond the single order.
    limits: Mapping[str, tuple[Limit, ...]]
    # All that is no campaign.
    rule_ids: frozenset[str]
    needs_history: bool
    # Whether anything gives members rewards they need not pay for.
    gives_rewards: bool
    unit: Mapping[str, Any] | None = field(default=None)

    def level(self, key: str | None) -> Tier | None:
        """Return a level; None if there is none of that key (any more)."""
        return next((each for each in self.levels if each.id == key), None)

    def level_above(self, level: str | None) -> Tier | None:
        """Return the level that comes next, the lowest for members without one."""
        ids = [each.id for each in self.levels]
        place = ids.index(level) + 1 if level in ids else 0
        return self.levels[place] if place < len(ids) else None


def ready(document: Programme) -> Terms:
    """Make a document ready for counting."""
    earning = document.earning
    levels = document.tiers.levels if document.tiers else ()
    return Terms(
        document=document,
        zone=ZoneInfo(document.timezone),
        everyday=_everyday(document),
        rules=tuple([_rule(rule) for rule in earning.rules]),
        events=_by_event(earning.events),
        levels=levels,
        by_level=_by_level(document),
        groups=earning.groups,
        excluded=matcher(earning.scope).without,
        budgets=_budgets(document),
        limits=_limits(document),
        rule_ids=_rule_ids(document),
        needs_history=needs_history(document),
        gives_rewards=_gives_rewards(document),
        unit=_unit(document),
    )


def needs_history(document: Programme) -> bool:
    """Tell whether an order's points depend on anything but the order itself.

    Limits of other events do not: orders alone never need them.
    """
    earning = document.earning
    return bool(
        document.tiers
        or document.campaigns
        or document.maturity.trusted
        or document.membership
        or any(_is_remembered(limit) for limit in earning.limits)
        or any(_looks_back(rule) for rule in earning.rules)
    )


def tier_rule(level: str) -> str:
    """Return the key of what a level multiplies, among the rules."""
    return f"tier-{level}"


def names(part: Any) -> dict[str, Any]:
    """Return what a receipt keeps of a part's name, for every language."""
    named: dict[str, Any] = {"name": part.name}
    if part.translations:
        named["translations"] = dict(part.translations)
    return named


def _everyday(document: Programme) -> ReadyRule | None:
    earning = document.earning
    if not earning.rates:
        return None
    # Whether shipping earns is said by itself, whatever goods are meant.
    scope = matcher(earning.scope)
    return ReadyRule(EVERYDAY, "EVERYDAY", PointsPerAmount(rates=earning.rates), {}, scope)


def _rule(rule: Rule) -> ReadyRule:
    factor = rule.effect.factor if isinstance(rule.effect, Multiplier) else 1
    return ReadyRule(
        id=rule.id,
        code=rule.effect.kind,
        effect=rule.effect,
        named=names(rule),
        scope=matcher(rule.scope),
        when=rule.when,
        audience=rule.audience,
        new_category=rule.new_category,
        opt_in=rule.opt_in,
        channels=frozenset(rule.channels),
        currencies=frozenset(rule.currencies),
        payment_methods=rule.payment_methods,
        group=rule.group,
        limits=rule.limits,
        budget=rule.budget,
        extra=Fraction(factor) - 1,
        is_unconditional=not (
            rule.channels
            or rule.currencies
            or rule.opt_in
            or rule.when != _ALWAYS
            or rule.audience != _EVERYBODY
        ),
    )


def _by_level(document: Programme) -> dict[str, ReadyRule]:
    tiers = document.tiers
    if tiers is None:
        return {}
    return {
        level.id: ReadyRule(
            id=tier_rule(level.id),
            code="LEVEL",
            effect=Multiplier(factor=level.benefits.multiplier),
            named=names(level),
            group=tiers.group,
            extra=Fraction(level.benefits.multiplier) - 1,
        )
        for level in tiers.levels
    }


def _by_event(rules: Iterable[EventRule]) -> dict[str, tuple[EventRule, ...]]:
    by_event = defaultdict(list)
    for rule in rules:
        by_event[rule.event].append(rule)
    return {event: tuple(rules) for event, rules in by_event.items()}


def _budgets(document: Programme) -> dict[str, int]:
    earning = document.earning
    parts = (*earning.rules, *earning.events, *document.campaigns)
    return {part.id: part.budget for part in parts if part.budget is not None}


def _limits(document: Programme) -> dict[str, tuple[Limit, ...]]:
    earning = document.earning
    limits = {rule.id: rule.limits for rule in earning.rules}
    limits |= {rule.id: rule.limits for rule in earning.events}
    remembered = {
        key: tuple([limit for limit in each if _is_remembered(limit)])
        for key, each in limits.items()
    }
    return {key: each for key, each in remembered.items() if each}


def _rule_ids(document: Programme) -> frozenset[str]:
    levels = document.tiers.levels if document.tiers else ()
    named = [part.id for part in (*document.earning.rules, *document.earning.events)]
    return frozenset([EVERYDAY, *named, *[tier_rule(level.id) for level in levels]])


def _gives_rewards(document: Programme) -> bool:
    levels = document.tiers.levels if document.tiers else ()
    return (
        any(campaign.award.reward for campaign in document.campaigns)
        or any(event.reward for event in document.earning.events)
        or any(level.benefits.rewards for level in levels)
    )


def _unit(document: Programme) -> dict[str, Any] | None:
    """Return what the shop calls a point; None if it is a point."""
    unit = document.unit
    return unit.model_dump() if unit != Unit() else None


def _looks_back(rule: Rule) -> bool:
    return bool(
        rule.audience != _EVERYBODY
        or rule.new_category
        or rule.opt_in
        or rule.budget
        or any(_is_remembered(limit) for limit in rule.limits)
    )


def _is_remembered(limit: Limit) -> bool:
    return limit.per != "ORDER"
