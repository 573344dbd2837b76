"""So many bought, one free."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from campaigns.histories import (
    DAY,
    HOUR,
    MONDAY,
    POINTS,
    buy,
    daily,
    member,
    order,
    piece,
    progress,
    stamps,
    times,
    version,
)

from saleor_loyalty.campaigns.rules import Award, Status
from saleor_loyalty.campaigns.sentences import won
from saleor_loyalty.earning.reckoning import Circumstances


def test_every_so_many_pieces_give_the_award_and_the_rest_carries_over() -> None:
    count = member(version(stamps(10)))

    first = buy(count, order(piece(pieces=9)))
    second = buy(count, order(piece(pieces=3), at=MONDAY + DAY))

    assert first == []
    assert second == [
        Award(
            "coffee", 100, None, "STAMPS", {"name": "Coffee card", "translations": {}, "times": 1}
        )
    ]
    assert (progress(count).have, progress(count).completed) == (2, 1)


def test_an_order_that_fills_no_card_is_told_how_far_it_is() -> None:
    count = member(version(stamps(10)))

    buy(count, order(piece(pieces=3)))
    [note] = count.stamped

    assert won(note.code, note.facts) == "Coffee card: 3 of 10 stamps"
    assert note.points == 0
    buy(count, order(piece(pieces=7), at=MONDAY + DAY))
    assert count.stamped == []


def test_one_large_order_may_fill_several_cards() -> None:
    [award] = buy(member(version(stamps(10))), order(piece(pieces=35)))

    assert (award.points, award.times) == (300, 3)


@pytest.mark.parametrize(
    ("each", "at_most", "pieces", "have"),
    [
        ("PIECE", None, [3, 2], 5),
        ("PIECE", 4, [3, 2], 4),
        ("PIECE", 1, [3, 2], 1),
        ("ORDER", None, [3, 2], 2),
        ("ORDER", 1, [3, 2], 1),
    ],
)
def test_stamps_of_one_day(each: str, at_most: int | None, pieces: list[int], have: int) -> None:
    count = member(version(stamps(10, each=each, at_most_a_day=at_most)))

    buy(count, *[order(piece(pieces=n), at=MONDAY + HOUR * n) for n in pieces])

    assert progress(count).have == have


def test_a_day_begins_at_midnight_in_the_shop() -> None:
    card = stamps(10, each="ORDER", at_most_a_day=1)
    # In March New York is five hours behind, at first.
    late = datetime(2026, 3, 3, 4, 59, tzinfo=UTC)

    there = member(version(card, timezone="America/New_York"))
    here = member(version(card))
    for count in (there, here):
        buy(count, order(at=MONDAY), order(at=late), order(at=late + HOUR))

    assert (progress(there).have, progress(here).have) == (2, 2)
    buy(there, order(at=late + HOUR * 2))
    assert progress(there).have == 2


def test_an_order_below_the_minimum_gives_no_stamp() -> None:
    count = member(version(stamps(10, minimum={"USD": 10})))

    buy(count, order(piece(price=Decimal("9.99"))), order(piece(price=10)))
    # A currency without a minimum is none that counts.
    buy(count, order(piece(price=500), currency="JPY"))

    assert progress(count).have == 1


def test_what_came_back_counts_neither_as_a_piece_nor_for_the_minimum() -> None:
    count = member(version(stamps(10, minimum={"USD": 9})))

    buy(count, order(piece(pieces=4, back=1)), order(piece(pieces=3, back=1)))

    assert progress(count).have == 3


def test_stamps_are_lost_at_the_end_of_the_period() -> None:
    count = member(version(stamps(10, resets_each="MONTH")))
    buy(count, order(piece(pieces=9)))

    assert progress(count, datetime(2026, 3, 31, 23, tzinfo=UTC)).have == 9
    assert progress(count, datetime(2026, 4, 1, tzinfo=UTC)).have == 0
    assert buy(count, order(piece(pieces=9), at=datetime(2026, 4, 1, tzinfo=UTC))) == []


def test_only_goods_in_scope_give_stamps() -> None:
    card = stamps(10, scope={"only": {"categories": ["drinks"]}, "without": {"skus": ["water"]}})
    count = member(version(card))

    buy(count, order(piece(pieces=2), piece("water", pieces=3), piece("cake", categories=["food"])))

    assert progress(count).have == 2


def test_goods_that_never_earn_give_no_stamps() -> None:
    document = {"earning": {"scope": {"without": {"categories": ["tobacco"]}}}}
    count = member(version(stamps(10), **document))

    buy(
        count,
        order(
            piece(),
            piece("pipe", categories=["tobacco"]),
            piece("present", is_gift=True),
            piece("card", is_gift_card=True),
        ),
    )

    assert progress(count).have == 1


def test_the_free_one_is_no_stamp_of_the_next_card() -> None:
    count = member(version(stamps(10)))

    buy(count, order(piece(pieces=2), piece("given", price=0)))

    assert progress(count).have == 2


def test_only_the_audience_collects_and_only_at_the_time() -> None:
    card = stamps(
        10,
        audience={"tiers": ["gold"]},
        when={"starts_at": MONDAY, "ends_at": MONDAY + DAY * 7, "weekdays": [1, 2]},
    )
    count, gold = member(version(card)), Circumstances(tier="gold")

    buy(count, order(at=MONDAY - HOUR), *daily(8), who=gold)
    buy(count, order(at=MONDAY + DAY * 14), who=gold)

    assert progress(count, who=gold).have == 2
    buy(member(version(card)), *daily(2), who=Circumstances(tier="silver"))
    assert count.progress(MONDAY, Circumstances(tier="silver")) == []


def test_the_terms_of_an_order_are_those_in_force_when_it_was_made() -> None:
    dear, cheap = version(stamps(10)), version(stamps(4), at=MONDAY + DAY * 3, number=2)
    count = member(dear, cheap)

    awards = buy(count, *daily(4))

    # Three stamps of old count on.
    assert times(awards) == 1
    assert progress(count, MONDAY + DAY * 4).target == 4


def test_a_campaign_that_is_gone_keeps_its_stamps_for_its_return() -> None:
    count = member(
        version(stamps(10)),
        version(at=MONDAY + DAY, number=2),
        version(stamps(10), at=MONDAY + DAY * 2, number=3),
    )

    buy(count, *daily(3))

    assert count.progress(MONDAY + DAY, Circumstances()) == []
    assert progress(count, MONDAY + DAY * 2).have == 2


def test_a_card_that_gives_a_reward_names_it() -> None:
    reward = {
        "id": "cake",
        "name": "A cake",
        "kind": "PRODUCT",
        "translations": {"fr": "Un gâteau"},
    }
    card = stamps(2, award={"reward": "cake"})

    [award] = buy(member(version(card, rewards=[reward])), order(piece(pieces=2)))

    assert (award.points, award.reward) == (0, "cake")
    assert award.facts["reward"] == "cake"
    assert award.facts["reward_name"] == "A cake"
    assert award.facts["reward_translations"] == {"fr": "Un gâteau"}


def test_progress_names_the_period() -> None:
    count = member(version(stamps(10, resets_each="MONTH"), timezone="Europe/Paris"))

    found = progress(count)

    assert found.status is Status.RUNNING
    assert found.since == datetime(2026, 2, 28, 23, tzinfo=UTC)
    # By then it is summer in Paris.
    assert found.until == datetime(2026, 3, 31, 22, tzinfo=UTC)
    assert found.campaign.award == POINTS


def test_campaigns_that_are_over_are_not_shown_and_those_to_come_are() -> None:
    card = stamps(10, when={"starts_at": MONDAY, "ends_at": MONDAY + DAY})
    count = member(version(card))

    assert progress(count, MONDAY - DAY).status is Status.UPCOMING
    assert progress(count, MONDAY).status is Status.RUNNING
    assert count.progress(MONDAY + DAY, Circumstances()) == []
