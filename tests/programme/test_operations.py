"""Drafts, versions that are scheduled, withdrawn, published again."""

import json
from functools import partial
from typing import Any

import pytest
from crowds import at_once
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from factories import DAY, NOON, make_installation

from saleor_loyalty.installations.models import Installation
from saleor_loyalty.pages import Place, Window
from saleor_loyalty.programme import operations, queries
from saleor_loyalty.programme.document import Earning, Programme, Rate, starting_programme
from saleor_loyalty.programme.earning_terms import Rule
from saleor_loyalty.programme.models import ProgrammeDraft, ProgrammeVersion
from saleor_loyalty.programme.operations import (
    DraftChanged,
    InThePast,
    Invalid,
    NoDraft,
    NoSuchVersion,
    NotWithdrawable,
)
from saleor_loyalty.programme.queries import NO_DRAFT, current, draft, history, versions

RIGHT = {"name": "Right", "earning": {"rates": {"EUR": {"points": 1, "per": 1}}}}
WRONG = {"earning": {"rates": {"eur": 1}}, "expiry": {"days": 1, "months": 1}}
BY = "VXNlcjo5"


@pytest.fixture
def shop(db: None) -> Installation:
    return make_installation()


def publish(shop: Installation, name: str, day: float = 0, **more: Any) -> ProgrammeVersion:
    document = starting_programme(["USD"]).model_copy(update={"name": name})
    return operations.publish(
        installation_id=shop.pk, document=document, at=NOON + day * DAY, **more
    )


def edit(shop: Installation, document: Any, revision: int | None) -> queries.Draft:
    return operations.edit_draft(
        installation_id=shop.pk, document=document, revision=revision, at=NOON, by=BY
    )


def publish_draft(shop: Installation, revision: int | None, **more: Any) -> ProgrammeVersion:
    return operations.publish_draft(installation_id=shop.pk, revision=revision, at=NOON, **more)


def names(shop: Installation) -> list[str]:
    return [version.document.name for version in versions(shop.pk)]


class TestDraft:
    def test_is_nothing_at_first(self, shop: Installation) -> None:
        assert draft(shop.pk) == NO_DRAFT

    @pytest.mark.parametrize("document", [RIGHT, WRONG, {}])
    def test_may_be_right_or_wrong(self, shop: Installation, document: Any) -> None:
        edit(shop, document, 0)

        assert draft(shop.pk) == queries.Draft(document, 1, NOON, BY)

    def test_is_not_overwritten_by_who_has_read_an_older_one(self, shop: Installation) -> None:
        edit(shop, {"name": "first"}, 0)
        edit(shop, {"name": "second"}, 1)

        with pytest.raises(DraftChanged) as refusal:
            edit(shop, {"name": "third"}, 1)

        assert refusal.value.revision == 2
        assert draft(shop.pk).document == {"name": "second"}

    def test_begun_anew_is_not_taken_for_the_one_before(self, shop: Installation) -> None:
        edit(shop, RIGHT, 0)
        operations.discard_draft(installation_id=shop.pk, revision=1, at=NOON)
        edit(shop, WRONG, 2)

        with pytest.raises(DraftChanged):
            edit(shop, RIGHT, 1)

    def test_is_overwritten_by_who_insists(self, shop: Installation) -> None:
        edit(shop, {"name": "first"}, 0)

        assert edit(shop, {"name": "second"}, None).revision == 2

    def test_that_is_discarded_is_gone(self, shop: Installation) -> None:
        edit(shop, RIGHT, 0)

        operations.discard_draft(installation_id=shop.pk, revision=1, at=NOON)

        assert draft(shop.pk).document is None
        with pytest.raises(NoDraft):
            publish_draft(shop, 2)

    @pytest.mark.parametrize("document", [[], "text", None, {"a": "\0"}, {"\ud800": 1}])
    def test_is_an_object_that_can_be_kept(self, shop: Installation, document: Any) -> None:
        with pytest.raises(Invalid):
            edit(shop, document, 0)

        assert not ProgrammeDraft.objects.exists()

    def test_belongs_to_one_shop(self, shop: Installation) -> None:
        edit(shop, RIGHT, 0)

        assert draft(make_installation().pk) == NO_DRAFT

    def test_is_published_and_is_gone(self, shop: Installation) -> None:
        edit(shop, RIGHT, 0)

        row = publish_draft(shop, 1, by=BY, note="Hello")

        assert (row.number, row.published_by, row.note) == (1, BY, "Hello")
        assert current(shop.pk, NOON).document == Programme.model_validate(RIGHT)
        assert draft(shop.pk).document is None

    def test_that_is_wrong_is_not_published_and_is_kept(self, shop: Installation) -> None:
        edit(shop, WRONG, 0)

        with pytest.raises(Invalid) as refusal:
            publish_draft(shop, 1)

        assert {problem.path for problem in refusal.value.problems} >= {"expiry.months"}
        assert draft(shop.pk) == queries.Draft(WRONG, 1, NOON, BY)
        assert versions(shop.pk) == []

    def test_that_was_changed_since_is_not_published(self, shop: Installation) -> None:
        edit(shop, RIGHT, 0)
        edit(shop, WRONG, 1)

        with pytest.raises(DraftChanged):
            publish_draft(shop, 1)

        assert versions(shop.pk) == []


class TestPublish:
    def test_takes_effect_at_the_moment_chosen(self, shop: Installation) -> None:
        publish(shop, "now")
        publish(shop, "later", effective_from=NOON + 2 * DAY)

        assert [current(shop.pk, NOON + n * DAY).document.name for n in range(4)] == [
            "now", "now", "later", "later",
        ]  # fmt: skip

    def test_never_takes_effect_in_the_past(self, shop: Installation) -> None:
        with pytest.raises(InThePast):
            publish(shop, "before", effective_from=NOON - DAY / 86_400)

        assert versions(shop.pk) == []

    def test_the_database_knows_no_version_of_the_past(self, shop: Installation) -> None:
        with pytest.raises(IntegrityError, match="programme_version_not_of_the_past"):
            ProgrammeVersion.objects.create(
                installation=shop, number=1, document={}, effective_from=NOON - DAY,
                published_at=NOON,
            )  # fmt: skip

    def test_refuses_what_contradicts_itself(self, shop: Installation) -> None:
        rule = {"id": "a", "name": "A", "effect": {"kind": "BONUS", "points": 1}}
        rules = (Rule.model_validate(rule), Rule.model_validate(rule))
        document = Programme(earning=Earning(rates={"EUR": Rate(points=1, per=1)}, rules=rules))

        with pytest.raises(Invalid, match=r"earning\.rules\[1\]\.id"):
            operations.publish(installation_id=shop.pk, document=document, at=NOON)

    def test_of_an_older_version_makes_a_new_one(self, shop: Installation) -> None:
        publish(shop, "first")
        publish(shop, "second", 1)

        row = operations.roll_back(installation_id=shop.pk, number=1, at=NOON + 2 * DAY, by=BY)

        assert (row.number, row.note, row.published_by) == (3, "Version 1 again", BY)
        assert names(shop) == ["first", "second", "first"]

    @pytest.mark.parametrize("number", [0, -1, 2, 2**31, 2**80])
    def test_of_no_version_at_all_is_refused(self, shop: Installation, number: int) -> None:
        publish(shop, "first")

        with pytest.raises(NoSuchVersion):
            operations.roll_back(installation_id=shop.pk, number=number, at=NOON)
        with pytest.raises(NoSuchVersion):
            operations.withdraw(installation_id=shop.pk, number=number, at=NOON)

    def test_of_another_shops_version_is_refused(self, shop: Installation) -> None:
        publish(make_installation(), "theirs")

        with pytest.raises(NoSuchVersion):
            operations.roll_back(installation_id=shop.pk, number=1, at=NOON)


class TestWithdraw:
    def test_a_version_to_come_never_comes(self, shop: Installation) -> None:
        publish(shop, "now")
        publish(shop, "later", effective_from=NOON + 2 * DAY)

        operations.withdraw(installation_id=shop.pk, number=2, at=NOON + DAY)

        assert names(shop) == ["now"]
        assert current(shop.pk, NOON + 9 * DAY).document.name == "now"
        found = queries.published(shop.pk, 2)
        assert found
        assert found.withdrawn_at == NOON + DAY

    def test_numbers_are_not_given_twice(self, shop: Installation) -> None:
        publish(shop, "later", effective_from=NOON + 2 * DAY)
        operations.withdraw(installation_id=shop.pk, number=1, at=NOON)

        assert publish(shop, "other").number == 2

    @pytest.mark.parametrize("day", [2, 3])
    def test_a_version_in_force_stays(self, shop: Installation, day: int) -> None:
        publish(shop, "later", effective_from=NOON + 2 * DAY)

        with pytest.raises(NotWithdrawable):
            operations.withdraw(installation_id=shop.pk, number=1, at=NOON + day * DAY)

        assert names(shop) == ["later"]

    def test_happens_once(self, shop: Installation) -> None:
        publish(shop, "later", effective_from=NOON + 2 * DAY)
        operations.withdraw(installation_id=shop.pk, number=1, at=NOON)

        with pytest.raises(NotWithdrawable):
            operations.withdraw(installation_id=shop.pk, number=1, at=NOON)

    @pytest.mark.parametrize(
        "change",
        [
            "withdrawn_at = NULL",
            "withdrawn_at = withdrawn_at - interval '1 day'",
            "withdrawn_at = now(), note = 'x'",
            "document = '{}'",
            "effective_from = effective_from + interval '1 day'",
            "published_by = 'somebody else'",
        ],
    )
    @pytest.mark.parametrize("is_withdrawn", [True, False])
    def test_is_all_that_the_database_lets_happen(
        self, shop: Installation, change: str, is_withdrawn: bool
    ) -> None:
        publish(shop, "later", effective_from=NOON + 2 * DAY)
        if is_withdrawn:
            operations.withdraw(installation_id=shop.pk, number=1, at=NOON)

        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            connection.cursor().execute(f"UPDATE loyalty_programmeversion SET {change}")

    def test_of_a_version_in_force_is_refused_by_the_database_too(self, shop: Installation) -> None:
        publish(shop, "now")

        with pytest.raises(IntegrityError, match="programme_version_withdrawn_in_time"):
            ProgrammeVersion.objects.update(withdrawn_at=NOON)


class TestHistory:
    def test_lists_every_version_the_latest_first(self, shop: Installation) -> None:
        for day in range(5):
            publish(shop, f"day {day}", day, effective_from=NOON + (day + 9) * DAY)
        operations.withdraw(installation_id=shop.pk, number=3, at=NOON)

        first = history(shop.pk, Window(size=2))
        place = Place(first.rows[-1].published_at, first.rows[-1].version.id)
        second = history(shop.pk, Window(size=9, after=place))

        assert [row.version.number for row in first.rows] == [5, 4]
        assert first.has_next
        assert [row.version.number for row in second.rows] == [3, 2, 1]
        assert not second.has_next
        assert second.rows[0].withdrawn_at == NOON


class TestReading:
    def test_reads_a_version_once(self, shop: Installation) -> None:
        for day in range(3):
            publish(shop, f"day {day}", day)
        versions(shop.pk)

        with CaptureQueriesContext(
            connection,
        ) as asked:
            again = versions(shop.pk)

        assert len(asked) == 1
        assert "document" not in asked[0]["sql"]
        assert again[0].document is versions(shop.pk)[0].document

    def test_reads_those_that_are_new_together(self, shop: Installation) -> None:
        for day in range(3):
            publish(shop, f"day {day}", day)

        with CaptureQueriesContext(connection) as asked:
            assert len(versions(shop.pk)) == 3

        assert len(asked) == 2

    def test_sees_at_once_what_another_process_publishes(self, shop: Installation) -> None:
        publish(shop, "first")
        current(shop.pk, NOON)
        publish(shop, "second", effective_from=NOON)

        assert current(shop.pk, NOON).document.name == "second"

    def test_forgets_before_it_remembers_too_much(
        self, shop: Installation, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(queries, "DOCUMENTS_KNOWN_MAX", 4)
        for _time in range(3):
            for name in ("a", "b", "c"):
                publish(shop, name)
            assert names(shop)[:3] == ["c", "b", "a"]

        assert len(queries._documents) <= 9

    def test_reads_what_was_published_with_fewer_terms(self, shop: Installation) -> None:
        older = {
            "name": "Old", "earning": {"rates": {"USD": {"points": 3, "per": "7.50"}},
                                       "basis": "GROSS", "shipping": False,
                                       "gift_card_money": True},
            "maturity": {"after": "PAYMENT", "days": 0}, "expiry": {"days": None},
            "unit": {"one": "point", "many": "points"},
        }  # fmt: skip
        ProgrammeVersion.objects.create(
            installation=shop, number=1, document=json.loads(json.dumps(older)),
            effective_from=NOON, published_at=NOON,
        )  # fmt: skip

        assert current(shop.pk, NOON).document.earning.paid_by_gift_card == "FULL"


@pytest.mark.django_db(transaction=True)
def test_of_many_who_edit_the_same_draft_at_once_one_succeeds() -> None:
    shop = make_installation()

    def attempt(number: int) -> str:
        try:
            edit(shop, {"name": f"{number}"}, 0)
        except DraftChanged:
            return "refused"
        return "kept"

    outcomes = at_once([partial(attempt, number) for number in range(8)], connections=4)

    assert sorted(outcomes) == ["kept", *["refused"] * 7]
    assert draft(shop.pk).revision == 1
