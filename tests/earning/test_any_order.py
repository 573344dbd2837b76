"""What holds for every programme, every order and every member."""

import json
from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from earning.buying import NOON, by_line, by_rule
from earning.documents import members, orders, programmes, sent
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from saleor_loyalty.earning.calendar import bucket
from saleor_loyalty.earning.reckoning import ALL_RULES, POINTS_MAX
from saleor_loyalty.earning.rules import (
    SHIPPING,
    Circumstances,
    Nothing,
    Reckoning,
    Terms,
    Usage,
    is_kept,
    kept_money,
    kept_money_by_line,
    needs_history,
    parts,
    points_for,
    ready,
    usages,
)
from saleor_loyalty.earning.sentences import sentence
from saleor_loyalty.gateways.saleor.orders import OrderLine, OrderState
from saleor_loyalty.programme.document import Programme
from saleor_loyalty.programme.earning_terms import Basis, Multiplier, Rule
from saleor_loyalty.programme.parts import Limit, Selection
from saleor_loyalty.programme.timing_terms import Maturity

thoroughly = settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])


def earn(order: OrderState, terms: Terms, who: Circumstances) -> Reckoning:
    """What the order earns; nothing but what was refunded was ever charged."""
    return points_for(order, terms, who, charged_peak=order.charged + order.refunded)


@thoroughly
@given(programmes(), orders(), members(may_pay_with_points=True))
def test_a_receipt_adds_up(programme: Programme, order: OrderState, who: Circumstances) -> None:
    reckoning = earn(order, ready(programme), who)

    assert 0 <= reckoning.points <= POINTS_MAX
    assert reckoning.points <= reckoning.exact < reckoning.points + 1
    assert sum(each.points for each in reckoning.allocations) == reckoning.points
    assert sum(each.points for each in reckoning.reasons) == reckoning.points
    told: defaultdict[str, int] = defaultdict(int)
    for reason in reckoning.reasons:
        told[reason.rule] += reason.points
    assert {rule: points for rule, points in told.items() if points} == {
        rule: points for rule, points in by_rule(reckoning).items() if points
    }
    assert {each.line for each in reckoning.allocations} <= {
        SHIPPING, *[line.id for line in order.lines if not (line.is_gift or line.is_gift_card)],
    }  # fmt: skip
    assert len(reckoning.allocations) == len(
        {(each.line, each.rule) for each in reckoning.allocations}
    )


@thoroughly
@given(programmes(), orders(), members())
def test_a_receipt_can_be_kept_and_told(
    programme: Programme, order: OrderState, who: Circumstances
) -> None:
    reckoning = earn(order, ready(programme), who)

    for reason in (*reckoning.reasons, *reckoning.nearly):
        kept = json.loads(
            json.dumps({**reason.facts, "code": reason.code, "points": reason.points})
        )
        assert not sentence(kept).startswith("Points:")
    assert [each.points for each in reckoning.nearly] == sorted(
        [each.points for each in reckoning.nearly], reverse=True
    )
    assert len(reckoning.nearly) <= 5
    assert all(each.points > 0 for each in reckoning.nearly)


@thoroughly
@given(programmes(), orders(), members())
def test_no_limit_and_no_budget_is_ever_passed(
    programme: Programme, order: OrderState, who: Circumstances
) -> None:
    terms = ready(programme)
    reckoning = earn(order, terms, who)
    given_points = by_rule(reckoning)
    given_times = {each.rule: each.facts.get("times", 1) for each in reckoning.reasons}

    def is_within(rule: str, limit: Limit, points: int, times: int) -> bool:
        used = Usage(0, 0)
        if limit.per != "ORDER":
            key = rule, bucket(limit.per, order.created_at, terms.zone)
            used = who.used.get(key, used)
        has_points = limit.points is None or used.points + points <= limit.points
        return has_points and (limit.times is None or used.times + times <= limit.times)

    for rule in programme.earning.rules:
        if (points := given_points.get(rule.id, 0)) > 0:
            times = given_times[rule.id]
            assert all(is_within(rule.id, limit, points, times) for limit in rule.limits)
            if rule.budget is not None:
                assert points <= who.budget_left.get(rule.id, rule.budget)
    if reckoning.points:
        limits = programme.earning.limits
        assert all(is_within(ALL_RULES, limit, reckoning.points, 1) for limit in limits)


@thoroughly
@given(programmes(), orders(), members())
def test_goods_that_went_back_were_never_bought(
    programme: Programme, order: OrderState, who: Circumstances
) -> None:
    """The order with its returns is the order of nothing but what stayed."""
    terms = ready(programme)

    fresh = never_bought(order)
    if not fresh.lines:
        assert earn(order, terms, who).nothing is Nothing.GIVEN_BACK
        return
    whole, again = earn(order, terms, who), earn(fresh, terms, who)

    assert again.points == whole.points
    assert again.exact == whole.exact
    assert by_line(again) == by_line(whole)
    assert by_rule(again) == by_rule(whole)
    assert again.nearly == whole.nearly
    assert is_kept(order, order.charged + order.refunded) == is_kept(fresh, fresh.charged)
    for basis in Basis:
        assert kept_money(
            order, basis=basis, shipping=True, charged_peak=order.charged + order.refunded
        ) == kept_money(fresh, basis=basis, shipping=True, charged_peak=fresh.charged)  # fmt: skip


def never_bought(order: OrderState) -> OrderState:
    """The order as it would have been without what went back."""
    stayed = tuple([_stayed(line) for line in order.lines if line.quantity_gone < line.quantity])
    return replace(order, lines=stayed, total=order.total - order.refunded, refunded=Decimal(0))


def _stayed(line: OrderLine) -> OrderLine:
    left = line.quantity - line.quantity_gone
    amounts = ("gross", "net", "undiscounted_gross", "undiscounted_net")
    part = {name: getattr(line, name) / line.quantity * left for name in amounts}
    return replace(line, quantity=left, quantity_returned=0, quantity_refunded=0, **part)


@thoroughly
@given(programmes(), orders(may_be_back=False), members())
def test_a_refund_of_everything_leaves_nothing(
    programme: Programme, order: OrderState, who: Circumstances
) -> None:
    terms = ready(programme)
    back = tuple([replace(line, quantity_returned=line.quantity) for line in order.lines])

    assert earn(replace(order, lines=back), terms, who).points == 0
    refunded = replace(order, charged=Decimal(0), refunded=order.total, payments=())
    assert earn(refunded, terms, who).points == 0 or order.total == 0


@given(programmes(), orders(), members(), st.sampled_from(["CANCELED", "EXPIRED"]))
def test_a_cancelled_order_earns_nothing(
    programme: Programme, order: OrderState, who: Circumstances, status: str
) -> None:
    terms = ready(programme)
    cancelled = replace(order, status=status)

    assert earn(cancelled, terms, who) == Reckoning(0, nothing=Nothing.CANCELLED)
    assert not list(usages(earn(cancelled, terms, who), terms, order.created_at))


@thoroughly
@given(programmes(), orders(), members())
def test_what_one_order_uses_is_what_it_was_given(
    programme: Programme, order: OrderState, who: Circumstances
) -> None:
    terms = ready(programme)
    reckoning = earn(order, terms, who)
    given_points = by_rule(reckoning)

    for (rule, name), used in usages(reckoning, terms, order.created_at):
        points = reckoning.points if rule == ALL_RULES else max(0, given_points.get(rule, 0))
        assert used.points == points
        assert used.times >= 1
        limits = (
            programme.earning.limits
            if rule == ALL_RULES
            else next(each.limits for each in programme.earning.rules if each.id == rule)
        )
        assert name in {
            bucket(limit.per, order.created_at, terms.zone)
            for limit in limits
            if limit.per != "ORDER"
        }


@thoroughly
@given(programmes(rules_max=3), orders(), members())
def test_a_wider_scope_never_gives_less(
    programme: Programme, order: OrderState, who: Circumstances
) -> None:
    """Of a single rule that adds: more goods, no fewer points."""
    rules = [each for each in programme.earning.rules if _only_adds(each)]
    assume(rules)
    rule = rules[0].model_copy(update={"group": "base"})
    wide = rule.scope.model_copy(update={"only": Selection(), "full_price_only": False})
    narrow_points, wide_points = [
        earn(order, ready(_with(programme, each)), who).points
        for each in (rule, rule.model_copy(update={"scope": wide}))
    ]

    assert narrow_points <= wide_points


def _only_adds(rule: Rule) -> bool:
    return not isinstance(rule.effect, Multiplier) or rule.effect.factor >= 1


def _with(programme: Programme, *rules: Rule) -> Programme:
    earning = programme.earning.model_copy(update={"rules": rules, "groups": {}, "limits": ()})
    return programme.model_copy(update={"earning": earning})


@thoroughly
@given(programmes(), orders(), members())
def test_a_rule_that_counts_no_goods_changes_nothing(
    programme: Programme, order: OrderState, who: Circumstances
) -> None:
    absent = {
        "id": "absent", "name": "Absent", "scope": {"only": {"skus": ["NOBODY-HAS-IT"]}},
        "effect": {"kind": "MULTIPLIER", "factor": "7"},
    }  # fmt: skip
    rules = [*programme.model_dump()["earning"]["rules"], absent]
    with_it = Programme.model_validate(
        {**programme.model_dump(), "earning": {**programme.model_dump()["earning"], "rules": rules}}
    )

    with_more = earn(order, ready(with_it), who)
    assert with_more == earn(order, ready(programme), who) or order.currency not in {
        *programme.earning.rates
    }  # fmt: skip
    assert with_more.points == earn(order, ready(programme), who).points


@thoroughly
@given(programmes(), orders().flatmap(sent), members(), st.booleans())
def test_points_live_somewhere_all_of_them_once(
    programme: Programme, order: OrderState, who: Circumstances, is_paid: bool
) -> None:
    terms = ready(programme)
    reckoning = earn(order, terms, who)

    found = parts(order, reckoning, terms, who, paid_at=NOON if is_paid else None)

    assert sum(part.points for part in found) == reckoning.points
    assert all(part.points > 0 for part in found)
    assert len({part.life.matures_at for part in found}) == len(found)
    for part in found:
        life = part.life
        assert life.expires_at is None
        if life.lapses_at is not None:
            assert life.matures_at is not None
            assert life.lapses_at > life.matures_at
            assert life.lapses_at > order.created_at


@given(programmes(), orders(), members())
def test_an_order_that_can_be_counted_alone_needs_no_member(
    programme: Programme, order: OrderState, who: Circumstances
) -> None:
    plain = programme.model_copy(update={"tiers": None, "maturity": Maturity()})
    alone = [rule for rule in programme.earning.rules if not needs_history(_with(plain, rule))]
    plain = _with(plain, *alone)
    assume(not needs_history(plain))
    terms = ready(plain)

    assert earn(order, terms, who) == earn(order, terms, Circumstances())


@given(orders(), st.decimals(0, 1, places=2))
def test_money_kept_by_line_is_all_that_is_kept(order: OrderState, share: Decimal) -> None:
    peak = order.charged + order.refunded
    less = replace(order, charged=order.charged * share)
    by_goods = kept_money_by_line(less, basis=Basis.GROSS, charged_peak=peak)
    kept = kept_money(less, basis=Basis.GROSS, shipping=False, charged_peak=peak)

    assert 0 <= sum(by_goods.values(), Fraction(0)) - Fraction(kept) < Fraction(1, 10_000)
    assert kept <= max(Decimal(0), less.charged)


@pytest.mark.parametrize("kind", ["ADD", "MULTIPLY"])
@given(orders=orders(), factors=st.lists(st.sampled_from(["0", "0.5", "1.5", "3"]), max_size=4))
def test_multipliers_of_a_group_are_worth_what_the_words_say(
    kind: str, orders: OrderState, factors: list[str]
) -> None:
    rules = [
        {"id": f"r{n}", "name": "R", "effect": {"kind": "MULTIPLIER", "factor": factor}}
        for n, factor in enumerate(factors)
    ]
    rates = {currency: {"points": 7, "per": "3"} for currency in ("USD", "EUR")}
    plain, multiplied = [
        earn(
            orders,
            ready(Programme.model_validate(
                {"earning": {"rates": rates, "rules": each, "groups": {"base": kind}}}
            )),
            Circumstances(),
        ).exact
        for each in ([], rules)
    ]  # fmt: skip

    whole = Fraction(1)
    for factor in map(Fraction, factors):
        whole = whole * factor if kind == "MULTIPLY" else whole + factor - 1
    assert multiplied == plain * max(whole, Fraction(0))
