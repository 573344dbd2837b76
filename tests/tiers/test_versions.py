"""New versions change what is won from then on, and never what was promised."""

from tiers.climbs import (
    BEAUTY,
    METALS,
    climb,
    day,
    levels_on,
    midnight,
    programme,
    spent,
    story,
    versions,
)

DEARER = (("silver", 200), ("gold", 600), ("platinum", 2000))


def test_a_higher_threshold_takes_no_level_before_its_promised_end() -> None:
    way = climb(
        versions(programme(), ("2026-06-01", programme(DEARER))),
        spent("2026-02-01", 500),
        spent("2027-02-01", 500),
    )

    assert levels_on(way, "2026-06-02", "2027-12-31", "2028-01-01") == ["gold", "gold", "silver"]


def test_a_lower_threshold_lifts_at_once_whoever_is_above_it_now() -> None:
    terms = versions(programme(DEARER), ("2026-06-01", programme()))
    way = climb(terms, spent("2026-02-01", 500))

    standing = way.standing_at(day("2026-06-01"))

    assert (standing.level, standing.since, standing.cause) == (
        "gold", day("2026-06-01"), "UPGRADE",
    )  # fmt: skip


def test_a_shorter_validity_leaves_promises_as_they_were() -> None:
    shorter = programme(validity={"until": "MONTHS", "months": 1})
    way = climb(versions(programme(), ("2026-06-01", shorter)), spent("2026-02-01", 500))

    assert way.standing_at(day("2026-06-02")).until == midnight("2028-01-01")


def test_a_short_promise_of_a_higher_level_does_not_end_the_long_one_of_a_lower() -> None:
    shorter = programme(validity={"until": "MONTHS", "months": 1})
    way = climb(
        versions(programme(), ("2026-06-01", shorter)),
        spent("2026-02-01", 500),
        spent("2026-07-01", 600),
    )

    standing = way.standing_at(day("2026-07-02"))
    assert (standing.level, standing.until) == ("platinum", midnight("2026-08-02"))
    # The year's 1100 renew it once a month; then gold is promised still.
    assert levels_on(way, "2026-12-31", "2027-01-01", "2027-01-02", "2027-12-31", "2028-01-01") == [
        "platinum", "platinum", "gold", "gold", None,
    ]  # fmt: skip


def test_a_level_that_is_gone_becomes_the_highest_that_takes_no_more() -> None:
    fewer = programme((("silver", 100), ("bronze-plus", 450), ("platinum", 1000)))
    way = climb(versions(programme(), ("2026-06-01", fewer)), spent("2026-02-01", 500))

    assert levels_on(way, "2026-05-31", "2026-06-02") == ["gold", "bronze-plus"]
    assert story(change.standing for change in way.changes) == [
        ("gold", "UPGRADE"),
        ("bronze-plus", "TERMS"),
    ]


def test_a_level_that_comes_back_is_had_again_while_it_is_promised() -> None:
    fewer = programme((("silver", 100), ("platinum", 1000)))
    way = climb(
        versions(programme(), ("2026-06-01", fewer), ("2026-07-01", programme())),
        spent("2026-02-01", 500),
    )

    assert levels_on(way, "2026-06-15", "2026-07-02") == ["silver", "gold"]


def test_levels_reached_by_something_else_now_keep_their_place() -> None:
    by_points = programme((("one", 10_000), ("two", 50_000)), metric="POINTS")
    way = climb(versions(programme(), ("2026-06-01", by_points)), spent("2026-02-01", 500))

    assert levels_on(way, "2026-06-02", "2027-12-31", "2028-01-01") == ["two", "two", None]


def test_without_levels_nobody_has_one_and_with_them_those_who_were_promised_one() -> None:
    way = climb(
        versions(programme(), ("2026-06-01", programme(None)), ("2026-09-01", programme())),
        spent("2026-02-01", 500),
    )

    assert way.standing_at(day("2026-05-31")).level == "gold"
    assert (way.standing_at(day("2026-07-01")).level, way.outlook(day("2026-07-01"))) == (
        None,
        None,
    )
    assert levels_on(way, "2026-09-02") == ["gold"]


def test_a_promise_that_ends_while_there_are_no_levels_is_over() -> None:
    way = climb(
        versions(programme(), ("2026-06-01", programme(None)), ("2028-09-01", programme())),
        spent("2026-02-01", 500),
    )

    assert levels_on(way, "2028-10-01") == [None]


def test_the_first_levels_of_a_shop_count_what_was_bought_before() -> None:
    way = climb(
        versions(programme(None), ("2026-06-01", programme(METALS))), spent("2026-02-01", 500)
    )

    assert levels_on(way, "2026-05-31", "2026-06-01") == [None, "gold"]


def test_a_level_that_took_nothing_stays_with_those_who_have_it() -> None:
    dearer = programme((("insider", 50), ("vib", 350)))
    terms = versions(programme(BEAUTY), ("2026-06-01", dearer))

    early, late = climb(terms), climb(terms, joined="2026-06-02")

    assert levels_on(early, "2026-05-01", "2036-06-02") == ["insider", "insider"]
    assert levels_on(late, "2026-07-01") == [None]


def test_days_of_grace_that_began_stay_as_long_as_they_were() -> None:
    terms = versions(programme(grace_days=60), ("2028-01-15", programme(grace_days=0)))
    way = climb(terms, spent("2026-02-01", 100))

    assert levels_on(way, "2028-02-29", "2028-03-02") == ["silver", None]


def test_a_level_that_becomes_one_that_was_promised_for_longer_lasts_as_long() -> None:
    short = {"until": "MONTHS", "months": 1}
    way = climb(
        versions(
            programme(),
            ("2026-06-01", programme(validity=short)),
            ("2026-07-15", programme((("silver", 100), ("gold", 500)), validity=short)),
        ),
        spent("2026-02-01", 500),
        spent("2026-07-01", 600),
    )

    standing = way.standing_at(day("2026-07-16"))

    assert (standing.level, standing.until) == ("gold", midnight("2028-01-01"))


def test_the_review_of_a_lower_level_does_not_end_the_days_of_grace_of_a_higher() -> None:
    short = {"until": "MONTHS", "months": 1}
    rolling = {"kind": "ROLLING", "months": 12}
    way = climb(
        versions(
            # Silver until 16 March 2026.
            programme(validity={"until": "MONTHS", "months": 13}, window=rolling),
            # Platinum until 1 March, with grace until 31 March.
            ("2025-03-01", programme(validity=short, grace_days=30, window=rolling)),
            ("2026-02-15", programme(DEARER, validity=short, grace_days=30, window=rolling)),
        ),
        spent("2025-02-15", 450),
        spent("2026-01-31", 1000),
    )

    assert levels_on(way, "2026-02-01", "2026-03-30", "2026-03-31") == [
        "platinum", "platinum", "gold",
    ]  # fmt: skip
