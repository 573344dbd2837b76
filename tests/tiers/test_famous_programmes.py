"""Levels as published by programmes that everybody knows."""

from tiers.climbs import BEAUTY, climb, day, levels_on, midnight, programme, spent, told, versions

SEPHORA = programme(
    BEAUTY,
    window={"kind": "CALENDAR_YEAR"},
    validity={"until": "END_OF_NEXT_YEAR"},
    timezone="America/Los_Angeles",
)
BANK = programme(
    (("gold", 20_000), ("platinum", 50_000), ("platinum-honors", 100_000)),
    metric="ATTRIBUTE",
    attribute="balance",
    window={"kind": "ROLLING", "months": 3},
    validity={"until": "MONTHS", "months": 12},
    grace_days=90,
    timezone="America/New_York",
)


class TestSephora:
    def test_everybody_is_insider_for_ever(self) -> None:
        standing = climb(SEPHORA).standing_at(day("2026-03-01"))

        assert (standing.level, standing.until, standing.cause) == ("insider", None, "START")
        assert standing.review_at is None

    def test_350_in_a_calendar_year_make_a_vib_and_1000_a_rouge(self) -> None:
        way = climb(SEPHORA, spent("2026-02-01", "349.99"))
        assert levels_on(way, "2026-02-02") == ["insider"]

        way.add(spent("2026-02-02", "0.01"))
        assert levels_on(way, "2026-02-02") == ["vib"]

        way.add(spent("2026-11-02", 650))
        assert levels_on(way, "2026-11-02") == ["rouge"]

    def test_status_lasts_for_the_rest_of_the_year_and_all_of_the_next(self) -> None:
        way = climb(SEPHORA, spent("2026-02-01", 350))

        # Midnight in San Francisco.
        assert levels_on(way, "2028-01-01T07:59", "2028-01-01T08:00") == ["vib", "insider"]

    def test_the_counter_is_back_at_nothing_on_the_first_of_january(self) -> None:
        way = climb(SEPHORA, spent("2026-12-31", 349), spent("2027-01-02", 349))

        assert levels_on(way, "2027-01-03") == ["insider"]
        outlook = way.outlook(day("2027-01-03"))
        assert outlook
        assert outlook.rise
        assert (outlook.rise.have, outlook.rise.missing) == (349, 1)

    def test_status_is_kept_by_spending_as_much_in_the_next_year(self) -> None:
        way = climb(SEPHORA, spent("2026-02-01", 350), spent("2027-11-01", 350))

        standing = way.standing_at(day("2028-06-01"))

        assert (standing.level, standing.cause) == ("vib", "REVIEW")
        assert standing.until == day("2029-01-01T08:00")
        assert standing.since == day("2026-02-01")

    def test_a_rouge_who_spends_less_is_a_vib_next(self) -> None:
        way = climb(SEPHORA, spent("2026-02-01", 1000), spent("2027-11-01", 400))

        standing = way.standing_at(day("2028-06-01"))

        assert (standing.level, standing.until) == ("vib", day("2029-01-01T08:00"))


class TestBankOfAmerica:
    def test_the_average_of_three_months_counts_not_the_balance_of_a_day(self) -> None:
        way = climb(BANK, facts=[told("2026-01-01", 40_000)])

        # 40,000 for two months of three are 26,667 on average, for one 13,000.
        assert levels_on(way, "2026-02-02", "2026-03-02", "2026-04-02") == [None, "gold", "gold"]

    def test_a_large_sum_for_a_few_days_makes_no_level(self) -> None:
        way = climb(BANK, facts=[told("2026-01-10", 300_000), told("2026-01-12", 0)])

        assert levels_on(way, "2026-01-11", "2026-02-01", "2026-06-01") == [None, None, None]

    def test_the_full_sum_is_the_average_once_it_has_been_there_for_all_the_months(self) -> None:
        way = climb(BANK, facts=[told("2026-01-15", 20_000)])

        assert levels_on(way, "2026-04-30", "2026-05-01") == [None, "gold"]

    def test_the_average_is_looked_at_each_month_and_not_when_somebody_buys(self) -> None:
        facts = [told("2026-01-01", 40_000)]

        way = climb(BANK, spent("2026-02-20", 10), facts=facts)

        assert way.standing_at(day("2026-03-02")) == climb(BANK, facts=facts).standing_at(
            day("2026-03-02")
        )

    def test_a_level_is_promised_for_twelve_months_and_three_of_grace(self) -> None:
        way = climb(BANK, facts=[told("2026-01-01", 60_000), told("2026-06-01", 0)])
        standing = way.standing_at(day("2026-04-15"))
        assert (standing.level, standing.since) == ("platinum", day("2026-04-01T04:00"))
        assert standing.until == day("2027-04-02T04:00")

        in_grace = way.standing_at(day("2027-06-30"))

        assert (in_grace.level, in_grace.until) == ("platinum", standing.until)
        assert in_grace.review_at == day("2027-07-01T04:00")
        assert way.standing_at(day("2027-07-01T04:00")).level is None

    def test_a_balance_restored_in_the_months_of_grace_keeps_the_level(self) -> None:
        facts = [told("2026-01-01", 60_000), told("2026-06-01", 0), told("2027-03-20", 200_000)]

        way = climb(BANK, facts=facts)

        standing = way.standing_at(day("2027-05-02"))
        assert (standing.level, standing.until) == ("platinum", day("2028-04-02T04:00"))
        assert levels_on(way, "2027-06-02") == ["platinum-honors"]

    def test_of_a_review_that_finds_less_the_level_that_is_reached_is_left(self) -> None:
        facts = [told("2026-01-01", 60_000), told("2026-06-01", 30_000)]

        assert levels_on(climb(BANK, facts=facts), "2027-06-30", "2027-07-02") == [
            "platinum",
            "gold",
        ]


class TestUlta:
    LEVELS = (("member", 0), ("platinum", 500), ("diamond", 1200))

    def test_was_cheaper_before_and_takes_nobodys_level_before_its_end(self) -> None:
        before = programme((("member", 0), ("platinum", 450), ("diamond", 1200)))
        way = [
            climb(
                # The threshold rose from 450 to 500 in the middle of the year.
                versions(before, ("2026-06-01", programme(self.LEVELS))),
                spent("2026-02-01", 460),
                *more,
            )
            for more in ([], [spent("2027-05-01", 460)], [spent("2027-05-01", 500)])
        ]

        assert [levels_on(each, "2027-12-31", "2028-01-01") for each in way] == [
            ["platinum", "member"],
            ["platinum", "member"],
            ["platinum", "platinum"],
        ]

    def test_whoever_buys_after_the_change_needs_the_new_sum(self) -> None:
        before = programme((("member", 0), ("platinum", 450)))
        terms = versions(before, ("2026-06-01", programme(self.LEVELS)))

        way = climb(terms, spent("2026-06-02", 460))

        assert levels_on(way, "2026-06-03") == ["member"]


class TestOpenLoyaltyIssue131:
    """There members lost their level by redeeming, because it came from the balance."""

    def test_points_that_were_earned_count_whatever_becomes_of_them(self) -> None:
        way = climb(programme(metric="POINTS"), spent("2026-02-01", 0, points=500))

        # There is nothing a redemption could tell the climb: only deeds count.
        assert levels_on(way, "2026-12-31", "2027-12-31") == ["gold", "gold"]
        assert not hasattr(way, "redeem")


class TestLanding:
    def test_softly_costs_one_level_at_each_review(self) -> None:
        terms = programme(landing="ONE_LEVEL")
        way = climb(terms, spent("2026-02-01", 1000))

        assert levels_on(way, "2027-12-31", "2028-01-01", "2029-01-01", "2030-01-01") == [
            "platinum", "gold", "silver", None,
        ]  # fmt: skip

    def test_straight_is_where_the_window_leads(self) -> None:
        way = climb(programme(), spent("2026-02-01", 1000), spent("2027-02-01", 100))

        assert levels_on(way, "2027-12-31", "2028-01-01") == ["platinum", "silver"]


class TestGrace:
    TERMS = programme(grace_days=31)

    def test_leaves_the_level_until_it_is_over(self) -> None:
        way = climb(self.TERMS, spent("2026-02-01", 100))

        assert levels_on(way, "2028-01-31", "2028-02-01") == ["silver", None]

    def test_adds_to_the_year_that_was_short(self) -> None:
        deeds = spent("2026-02-01", 100), spent("2027-02-01", 66), spent("2028-01-20", 34)

        standing = climb(self.TERMS, *deeds).standing_at(day("2028-01-20"))

        assert (standing.level, standing.until) == ("silver", midnight("2029-01-01"))
        assert standing.cause == "REVIEW"

    def test_does_not_make_the_next_promise_longer_than_that_of_those_in_time(self) -> None:
        in_time = climb(self.TERMS, spent("2026-02-01", 100), spent("2027-12-31", 100))
        late = climb(self.TERMS, spent("2026-02-01", 100), spent("2028-01-01", 100))

        ends = [way.standing_at(day("2028-01-20")).until for way in (in_time, late)]

        assert ends == [midnight("2029-01-01")] * 2

    def test_helps_where_a_year_counts_for_itself_alone(self) -> None:
        terms = programme(grace_days=31, validity={"until": "END_OF_YEAR"})
        idle = climb(terms, spent("2026-02-01", 100))
        busy = climb(terms, spent("2026-02-01", 100), spent("2027-01-31", 100))

        assert levels_on(idle, "2027-01-31", "2027-02-01") == ["silver", None]
        assert levels_on(busy, "2027-02-01", "2027-12-31") == ["silver", "silver"]
