"""Who would move if other levels came into force."""

from uuid import UUID

from tiers.climbs import day, given, midnight, programme, spent, versions

from saleor_loyalty.tiers.preview import EXAMPLES_MAX, Past, Preview, preview

NOW = day("2026-06-01")
DEARER = (("silver", 200), ("gold", 600), ("platinum", 2000))
CHEAPER = (("silver", 50), ("gold", 200), ("platinum", 1000))


def past(number: int, *deeds: tuple[str, int], **more: object) -> Past:
    done = [spent(*deed) for deed in deeds]
    return Past(UUID(int=number), midnight("2025-01-01"), done, **more)  # type: ignore[arg-type]


def look(levels: tuple[tuple[str, int], ...] | None, *histories: Past) -> Preview:
    return preview(histories, current=versions(programme()), draft=programme(levels), at=NOW)


def test_a_cheaper_level_lifts_members_at_once() -> None:
    found = look(
        CHEAPER,
        past(1, ("2026-02-01", 60)),
        past(2, ("2026-02-01", 250)),
        past(3, ("2026-02-01", 5)),
    )

    assert found.members == 3
    assert dict(found.at_once.counts) == {(None, "silver"): 1, ("silver", "gold"): 1}
    assert found.at_once.examples[None, "silver"] == [UUID(int=1)]


def test_a_dearer_one_moves_nobody_at_once_but_at_the_review() -> None:
    found = look(DEARER, past(1, ("2025-12-31", 500), ("2026-02-01", 500)))

    assert dict(found.at_once.counts) == {}
    # By the levels of today gold is renewed at the end of 2026.
    assert dict(found.at_review.counts) == {("gold", "silver"): 1}


def test_no_levels_at_all_take_them_from_everybody() -> None:
    found = look(None, past(1, ("2026-02-01", 500)), past(2))

    assert dict(found.at_once.counts) == {("gold", None): 1}


def test_levels_given_by_hand_stay() -> None:
    found = look(DEARER, past(1, grants=[given("gold", "2026-01-01")]))

    assert dict(found.at_once.counts) == {}


def test_what_was_planned_from_now_on_makes_room_for_the_draft() -> None:
    planned = versions(programme(), ("2026-07-01", programme(CHEAPER)))

    found = preview([past(1, ("2026-02-01", 60))], current=planned, draft=programme(), at=NOW)

    assert dict(found.at_once.counts) == {}


def test_some_members_are_named() -> None:
    found = look(CHEAPER, *[past(number, ("2026-02-01", 60)) for number in range(1, 20)])

    assert found.at_once.counts[None, "silver"] == 19
    assert len(found.at_once.examples[None, "silver"]) == EXAMPLES_MAX
