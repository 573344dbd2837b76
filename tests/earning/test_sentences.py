"""Receipts in words, with arithmetic that shoppers can check by hand."""

import json
from decimal import Decimal
from typing import Any

import pytest
from django.utils.translation import override
from earning.buying import bonus, earn, line, only, order, programme, rule, times, used

from saleor_loyalty.earning.reckoning import ALL_RULES
from saleor_loyalty.earning.rules import (
    Circumstances,
    Reason,
    Reckoning,
    points_for_event,
    ready,
)
from saleor_loyalty.earning.sentences import sentence
from saleor_loyalty.earning.words import day, in_language, money, number, unit

GOLD = {
    "currency": "USD",
    "levels": [{"id": "gold", "name": "Gold", "threshold": "1",
                "benefits": {"multiplier": "1.25"}}],
}  # fmt: skip
#: 37.90 dollars.
BAG = order(line("bag", "37.90"))


def said(reason: Reason) -> str:
    """The sentence for a reason as it is kept, with plain spaces."""
    kept = json.loads(json.dumps({"code": reason.code, "points": reason.points, **reason.facts}))
    return sentence(kept).replace("\N{NO-BREAK SPACE}", " ")


def receipt(reckoning: Reckoning) -> list[str]:
    return [said(reason) for reason in reckoning.reasons]


def told(*rules: dict[str, Any], state: Any = BAG, **more: Any) -> list[str]:
    return receipt(earn(state, *rules, **more))


def of_rules(*rules: dict[str, Any], **more: Any) -> list[str]:
    """Without the everyday rate's."""
    return told(*rules, **more)[1:]


def near(*rules: dict[str, Any], **more: Any) -> list[str]:
    return [said(reason) for reason in earn(BAG, *rules, **more).nearly]


class TestReasons:
    @pytest.mark.parametrize(
        ("policy", "sentence"),
        [
            ("MONEY_PART", "10 $ were paid with points and earn nothing"),
            ("FULL", "10 $ were paid with points and earn as money does"),
            ("NONE", "10 $ were paid with points: such orders earn nothing"),
        ],
    )
    def test_of_what_was_paid_with_points(self, policy: str, sentence: str) -> None:
        who = Circumstances(paid_by_points=Decimal(7), points_on_gift_cards=Decimal(3))

        assert told(who=who, paid_by_points=policy)[-1] == sentence

    def test_of_the_everyday_rate(self) -> None:
        assert told() == ["1 point per 1 $ on 37.90 $: 37.9"]
        rates = {"USD": {"points": 3, "per": "7.5"}}
        assert told(rates=rates) == ["3 points per 7.50 $ on 37.90 $: 15.16"]

    def test_of_the_everyday_rate_in_the_shop_s_own_words(self) -> None:
        stars = {"one": "star", "many": "stars", "translations": {
            "fr": {"one": "étoile", "many": "étoiles"}}}  # fmt: skip
        assert told(unit=stars)[0].startswith("1 star per")
        assert told(unit=stars, rates={"USD": {"points": 2, "per": "1"}})[0].startswith("2 stars")
        assert "unit" in earn(BAG, unit=stars).reasons[0].facts
        assert "unit" not in earn(BAG).reasons[0].facts
        # However the document was kept.
        assert "unit" not in earn(BAG, unit={"one": "point", "many": "points"}).reasons[0].facts

    def test_of_a_level(self) -> None:
        assert of_rules(tiers=GOLD, who=Circumstances(tier="gold")) == [
            "Level Gold, 1.25 × 37.9: 9.475 more"
        ]

    def test_of_a_multiplier(self) -> None:
        assert of_rules(times(2, "double-points")) == ["Double points, 2 × 37.9: 37.9 more"]
        assert of_rules(times("0.5", "sale")) == ["Sale, 0.5 × 37.9: 18.95 less"]

    def test_of_a_multiplier_for_a_means_of_payment(self) -> None:
        state = order(line("bag", 40), shipping=0, paid={"card": 10, "cash": 30})

        assert of_rules(times(3, "our-card", payment_methods=["card"]), state=state) == [
            "Our card, 3 × 25 % of 40: 20 more"
        ]

    def test_of_a_rate(self) -> None:
        rates = {"USD": {"points": 5, "per": "2"}}

        assert of_rules(rule("coffee-week", "RATE", rates=rates)) == [
            "Coffee week, 5 per 2 $ on 37.90 $: 94.75"
        ]

    def test_of_stepped_rates(self) -> None:
        bands = {"USD": [{"up_to": "30", "points": 1, "per": "1"}, {"points": 2, "per": "1"}]}

        assert of_rules(rule("steps", "BANDS", bands=bands)) == [
            "Steps, 1 per 1 $ on 30 $, 2 per 1 $ on 7.90 $: 45.8"
        ]

    def test_of_a_bonus(self) -> None:
        assert of_rules(bonus(1500, "welcome")) == ["Welcome: 1,500"]

    def test_of_a_threshold(self) -> None:
        assert of_rules(rule("big-basket", "THRESHOLD", money={"USD": "30"}, points=100)) == [
            "Big basket, 30 $ or more: 100"
        ]
        assert of_rules(
            rule("big-basket", "THRESHOLD", money={"USD": "12.5"}, points=100, repeats=True)
        ) == ["Big basket, 3 times 12.50 $: 300"]

    @pytest.mark.parametrize(
        ("pieces", "every", "words"),
        [
            (1, 1, "Socks, 1 piece: 5"),
            (3, 1, "Socks, 3 pieces: 15"),
            (3, 2, "Socks, 2 pieces: 5"),
            (6, 2, "Socks, 3 times 2 pieces: 15"),
        ],
    )
    def test_of_a_quantity(self, pieces: int, every: int, words: str) -> None:
        state = order(line("a", 10, quantity=pieces))

        assert of_rules(rule("socks", "QUANTITY", every=every, points=5), state=state) == [words]

    def test_of_a_rule_cut_to_a_limit(self) -> None:
        limited = times(2, "double-points", limits=[{"points": 20, "per": "MONTH"}])

        assert of_rules(limited) == [
            "Double points, 2 × 37.9: 37.9 more, of which 20 count. At most 20 points a month"
        ]
        socks = rule("socks", "QUANTITY", points=5, limits=[{"times": 2, "per": "DAY"}])
        assert of_rules(socks, state=order(line("a", 10, quantity=3))) == [
            "Socks, 2 pieces: 15, of which 10 count. At most 2 times a day"
        ]
        assert of_rules(bonus(50, budget=30)) == [
            "Bonus: 50, of which 30 count. No more than 30 points are given to all members together"
        ]

    def test_of_all_rules_cut_to_a_limit(self) -> None:
        assert told(bonus(50), limits=[{"points": 60, "per": "DAY"}])[-1] == (
            "At most 60 points a day: 27.9 less"
        )
        once, today = [{"times": 1, "per": "DAY"}], used(ALL_RULES, "2026-03-01", times=1)
        assert told(limits=once, who=today)[-1] == "Once a day: 37.9 less"

    def test_of_events(self) -> None:
        document = programme(
            events=[
                {"id": "a", "name": "Review", "event": "review", "points": 7,
                 "limits": [{"times": 1, "per": "DAY"}]},
                {"id": "b", "name": "Birthday", "event": "birthday", "reward": "cake",
                 "limits": [{"times": 1, "per": "YEAR"}]},
                {"id": "c", "name": "Jubilee", "event": "anniversary", "reward": "cake",
                 "points": 9, "limits": [{"times": 1, "per": "YEAR"}]},
            ],
            rewards=[{"id": "cake", "name": "Cake", "kind": "OTHER",
                      "translations": {"fr": "Gâteau"}}],
        )  # fmt: skip

        def words(event: str) -> list[str]:
            return receipt(
                points_for_event(event, BAG.created_at, ready(document), Circumstances())
            )

        assert words("review") == ["Review: 7"]
        assert words("birthday") == ["Birthday: Cake"]
        assert words("anniversary") == ["Jubilee: Cake, and 9"]
        with override("fr"):
            assert "Gâteau" in words("birthday")[0]

    def test_together(self) -> None:
        assert sentence({"code": "TOTAL", "exact": "147.375", "together": 147}) == (
            "Together 147.375, rounded down to 147"
        )
        assert sentence({"code": "TOTAL", "exact": "147", "together": 147}) == "Together 147"


class TestWhatIsNearlyEarned:
    ENDED, BEGINS = {"ends_at": "2026-03-01T00:00:00Z"}, {"starts_at": "2026-03-02T00:00:00Z"}

    def test_money_missing(self) -> None:
        assert near(rule("big-basket", "THRESHOLD", money={"USD": "45"}, points=100)) == [
            "7.10 $ more for Big basket: 100 more"
        ]

    def test_pieces_missing(self) -> None:
        two = rule("coffee-week", "QUANTITY", every=2, points=120)
        assert near(two) == ["One more piece of Coffee week: 120 more"]
        four = rule("coffee-week", "QUANTITY", every=4, points=120)
        reason = earn(order(line("a", 5, quantity=2)), four).nearly[0]
        assert said(reason) == "2 more pieces of Coffee week: 120 more"

    def test_time(self) -> None:
        assert near(times(2, "double-points", when=self.ENDED)) == [
            "Double points ended on 28 February: before, 37 more"
        ]
        assert near(times(2, "double-points", when=self.BEGINS)) == [
            "Double points begins on 2 March: from then, 37 more"
        ]

    def test_levels(self) -> None:
        assert near(tiers=GOLD) == ["With level Gold: 9 more"]
        assert near(bonus(50, audience={"tiers": ["gold"]}), tiers=GOLD)[0] == (
            "Bonus is for level Gold: 50 more"
        )

    def test_opting_in(self) -> None:
        assert near(times(2, "double-days", opt_in=True)) == [
            "Activate Double days before you buy: 37 more"
        ]

    def test_the_better_rule(self) -> None:
        assert near(times(2, "a"), bonus(50, "b"), groups={"base": "BEST_OF"}) == [
            "A would give 37, but B gives more"
        ]

    @pytest.mark.parametrize(
        ("limit", "words"),
        [
            ({"points": 10, "per": "ORDER"}, None),
            ({"points": 1000, "per": "WEEK"}, "At most 1,000 points a week"),
            ({"points": 10, "per": "EVER"}, "At most 10 points in all"),
            ({"times": 1, "per": "MONTH"}, "Once a month"),
            ({"times": 2, "per": "MONTH"}, "At most 2 times a month"),
            ({"times": 1, "per": "EVER"}, "Once in all"),
        ],
    )
    def test_limits(self, limit: dict[str, Any], words: str | None) -> None:
        buckets = ("2026-W09", "2026-03", "EVER")
        who = Circumstances(used={
            ("bonus", each): used("bonus", each, points=1000, times=2).used["bonus", each]
            for each in buckets
        })  # fmt: skip

        assert near(bonus(50, limits=[limit]), who=who) == (
            [f"Bonus gives nothing more. {words}"] if words else []
        )


class TestInFrench:
    def test_names_numbers_and_dates_are_french(self) -> None:
        translated = times("1.5", "double", translations={"fr": "Points doublés"})
        ended = bonus(2000, when={"ends_at": "2026-03-01T00:00:00Z"})

        with override("fr"):
            assert of_rules(translated)[0].startswith("Points doublés, 1,5 × 37,9")
            assert "28 février" in near(ended)[0]
            assert number(1234567) == "1\N{NO-BREAK SPACE}234\N{NO-BREAK SPACE}567"
        with override("fr-ca"):
            assert of_rules(translated)[0].startswith("Points doublés")
        with override("de"):
            assert of_rules(translated)[0].startswith("Double")

    def test_the_shop_s_own_words_are_french(self) -> None:
        stars = {"one": "star", "many": "stars", "translations": {
            "fr": {"one": "étoile", "many": "étoiles"}}}  # fmt: skip
        with override("fr"):
            assert [unit(stars, 1), unit(stars, 2)] == ["étoile", "étoiles"]
        assert [unit(stars, 1), unit(None, 1), unit(None, 2)] == ["star", "point", "points"]


@pytest.mark.parametrize("code", ["NOBODY_KNOWS", None, *("RATE", "TOTAL", "ENDED", "LIMIT")])
def test_a_reason_nobody_knows_gets_a_sentence_that_is_true_of_all(code: str | None) -> None:
    assert sentence({"code": code, "points": 7}) == "Points: 7"
    assert sentence({}) == "Points: 0"


@pytest.mark.parametrize(
    ("amount", "currency", "written"),
    [
        ("45", "EUR", "45 €"), ("45.00", "EUR", "45 €"), ("37.9", "EUR", "37.90 €"),
        ("0.125", "KWD", "0.125 KWD"), ("1234567.5", "CHF", "1,234,567.50 CHF"),
        ("0", "EUR", "0 €"), ("1000", "USD", "1,000 $"),
    ],
)  # fmt: skip
def test_money_has_two_decimals_or_none(amount: str, currency: str, written: str) -> None:
    assert money(amount, currency).replace("\N{NO-BREAK SPACE}", " ") == written


def test_what_a_merchant_typed_is_said_as_it_is() -> None:
    odd = bonus(5) | {"name": "100 % <b>%(points)s</b> {}"}

    assert of_rules(odd) == ["100 % <b>%(points)s</b> {}: 5"]


def test_names_and_days_in_words() -> None:
    assert in_language({"name": "A", "translations": {"en": "B"}}, "name", "translations") == "B"
    assert in_language({"name": "A"}, "name", "translations") == "A"
    assert day("2026-11-12") == "12 November"


def test_a_rule_of_some_goods_says_what_they_cost() -> None:
    state = order(line("a", 10), line("b", 20))
    rates = {"USD": {"points": 1, "per": "1"}}

    assert of_rules(rule("some", "RATE", rates=rates, scope=only(products="a")), state=state) == [
        "Some, 1 per 1 $ on 10 $: 10"
    ]
