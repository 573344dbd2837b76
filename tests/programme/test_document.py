"""What a programme may say, and which of its versions is in force."""

from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from crowds import at_once
from django.db import DatabaseError, connection, transaction
from factories import DAY, NOON, make_installation
from pydantic import ValidationError

from saleor_loyalty.installations.models import Installation
from saleor_loyalty.programme.document import Programme, Rate, starting_programme
from saleor_loyalty.programme.models import ProgrammeVersion
from saleor_loyalty.programme.operations import publish
from saleor_loyalty.programme.queries import NoProgramme, current, versions

DOCUMENT = {"earning": {"rates": {"USD": {"points": 3, "per": "7.50"}}}}


def named(name: str) -> Programme:
    return starting_programme(["USD"]).model_copy(update={"name": name})


class TestDocument:
    def test_survives_being_stored(self) -> None:
        programme = Programme.model_validate(DOCUMENT)

        assert Programme.model_validate(programme.model_dump(mode="json")) == programme
        assert programme.earning.rates["USD"] == Rate(points=3, per=Decimal("7.50"))

    def test_starts_with_a_point_for_each_unit_of_every_currency(self) -> None:
        rates = starting_programme(["USD", "EUR", "USD"]).earning.rates

        assert rates == dict.fromkeys(["EUR", "USD"], Rate(points=1, per=Decimal(1)))

    @pytest.mark.parametrize(
        ("where", "nonsense"),
        [
            ("earning", []),
            ("earning", {"rates": {"usd": {"points": 1, "per": 1}}}),
            ("earning", {"rates": {"USD\n": {"points": 1, "per": 1}}}),
            ("earning", {"rates": {"USD": {"points": 0, "per": 1}}}),
            ("earning", {"rates": {"USD": {"points": 1.5, "per": 1}}}),
            ("earning", {"rates": {"USD": {"points": 1, "per": 0}}}),
            ("earning", {"rates": {"USD": {"points": 1, "per": -1}}}),
            ("earning", {"rates": {"USD": {"points": 1, "per": "NaN"}}}),
            ("earning", {"rates": {"USD": {"points": 1, "per": "Infinity"}}}),
            ("earning", {"rates": {"USD": {"points": 1, "per": "0.00001"}}}),
            ("earning", {"rates": {"USD": {"points": 1, "per": 1, "bonus": 1}}}),
            ("maturity", {"days": -1}),
            ("maturity", {"after": "NEVER"}),
            ("expiry", {"days": 0}),
            ("name", ""),
            ("unit", {"one": ""}),
            ("tiers", []),
        ],
    )
    def test_refuses_nonsense(self, where: str, nonsense: Any) -> None:
        with pytest.raises(ValidationError):
            Programme.model_validate(DOCUMENT | {where: nonsense})

    def test_cannot_be_changed(self) -> None:
        with pytest.raises(ValidationError):
            Programme.model_validate(DOCUMENT).name = "Other"


@pytest.mark.django_db
class TestVersions:
    @pytest.fixture
    def shop(self) -> Installation:
        return make_installation()

    def test_take_effect_one_after_the_other(self, shop: Installation) -> None:
        for day, name in enumerate(["first", "second"]):
            publish(installation_id=shop.pk, document=named(name), at=NOON + day * DAY)

        in_force = [current(shop.pk, NOON + day * DAY).document.name for day in range(3)]

        assert in_force == ["first", "second", "second"]
        assert [version.number for version in versions(shop.pk)] == [2, 1]

    def test_are_not_in_force_before_they_take_effect(self, shop: Installation) -> None:
        publish(installation_id=shop.pk, document=named("first"), at=NOON)

        with pytest.raises(NoProgramme):
            current(shop.pk, NOON - DAY)

    def test_published_at_one_moment_count_the_last(self, shop: Installation) -> None:
        for name in ("first", "second"):
            publish(installation_id=shop.pk, document=named(name), at=NOON)

        assert current(shop.pk, NOON).document.name == "second"

    def test_belong_to_one_shop(self, shop: Installation) -> None:
        publish(installation_id=shop.pk, document=named("ours"), at=NOON)

        assert versions(make_installation().pk) == []

    def test_cannot_be_changed_afterwards(self, shop: Installation) -> None:
        publish(installation_id=shop.pk, document=named("first"), at=NOON)

        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            ProgrammeVersion.objects.update(document={})
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            connection.cursor().execute("DELETE FROM loyalty_programmeversion")


@pytest.mark.django_db(transaction=True)
def test_versions_published_at_once_are_numbered_one_after_the_other() -> None:
    shop = make_installation()

    at_once(
        [
            partial(publish, installation_id=shop.pk, document=named(f"{n}"), at=NOON)
            for n in range(12)
        ],
        connections=6,
    )

    assert {version.number for version in versions(shop.pk)} == set(range(1, 13))
