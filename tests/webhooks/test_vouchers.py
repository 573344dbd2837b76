"""Vouchers that staff change or delete: the redemptions behind them are looked at again."""

import json
from datetime import timedelta
from typing import Any

import pytest
from factories import DAY, NOON, make_member, make_shop

from saleor_loyalty.entrypoints.webhooks import inbox
from saleor_loyalty.entrypoints.webhooks.models import InboxEvent
from saleor_loyalty.entrypoints.webhooks.receive import Delivery
from saleor_loyalty.entrypoints.webhooks.receive import store as store_delivery
from saleor_loyalty.installations.models import Installation
from saleor_loyalty.installations.queries import shop as shop_by_key
from saleor_loyalty.keys import new_key
from saleor_loyalty.programme.models import ProgrammeVersion
from saleor_loyalty.redemptions.models import Redemption

pytestmark = pytest.mark.django_db
LATER = NOON + DAY


@pytest.fixture
def shop() -> Installation:
    return make_shop()


def redemption(shop: Installation, number: int = 1, **changes: Any) -> Redemption:
    """A voucher that nobody used, issued an hour ago."""
    version = ProgrammeVersion.objects.filter(installation=shop).latest("number")
    issued = {
        "installation": shop, "member_id": make_member(shop), "key": str(new_key()),
        "request": {}, "programme_version": version, "reward": "five", "facts": {},
        "means": "VOUCHER", "times": 1, "points": 0, "code": f"LOY-{number}",
        "saleor_id": f"V{number}", "status": "ISSUED", "requested_at": NOON, "due_at": LATER,
        "issued_at": NOON - timedelta(hours=1), "expires_at": LATER, "code_ends_at": LATER,
    }  # fmt: skip
    return Redemption.objects.create(**issued | changes)


def hears(shop: Installation, name: str, **told: Any) -> inbox.Drained:
    body = json.dumps({"__typename": name, "issuedAt": NOON.isoformat(), **told}).encode()
    store_delivery(Delivery(shop.api_url, name, "", body), shop_by_key(shop.pk), name, NOON)
    return inbox.drain(at=NOON)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("VoucherUpdated", {"voucher": {"id": "V1"}}),
        ("VoucherDeleted", {"voucher": {"id": "V1"}}),
        ("VoucherCodesDeleted", {"voucherCodes": [{"code": "LOY-1"}, {"code": "THEIRS"}]}),
    ],
)
def test_a_changed_voucher_is_looked_at_at_once(shop: Installation, name: str, told: Any) -> None:
    ours, another = redemption(shop), redemption(shop, 2)
    of_another_shop = redemption(make_shop())

    assert hears(shop, name, **told) == inbox.Drained(done=1)

    for row in (ours, another, of_another_shop):
        row.refresh_from_db()
    assert (ours.due_at, another.due_at, of_another_shop.due_at) == (NOON, LATER, LATER)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("VoucherUpdated", {"voucher": None}),
        ("VoucherDeleted", {"voucher": {"id": "THEIRS"}}),
        ("VoucherCodesDeleted", {"voucherCodes": []}),
        ("VoucherCodesDeleted", {"voucherCodes": None}),
    ],
)
def test_what_is_not_ours_changes_nothing(shop: Installation, name: str, told: Any) -> None:
    # Nothing has no code and no id, as redemptions that are no voucher have.
    rows = [redemption(shop), redemption(shop, 2, code="", saleor_id="")]

    assert hears(shop, name, **told) == inbox.Drained(done=1)

    assert {Redemption.objects.get(pk=row.pk).due_at for row in rows} == {LATER}


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("VoucherUpdated", {"voucher": {"id": "V\0"}}),
        ("VoucherDeleted", {"voucher": {"id": 7}}),
        ("VoucherCodesDeleted", {}),
        ("VoucherCodesDeleted", {"voucherCodes": [{"code": "LOY-1\0"}]}),
        ("VoucherCodesDeleted", {"voucherCodes": [{"code": "L" * 1000}]}),
    ],
)
def test_what_makes_no_sense_is_tried_again_alone(shop: Installation, name: str, told: Any) -> None:
    redemption(shop)

    assert hears(shop, name, **told) == inbox.Drained(failed=1)
    assert hears(shop, "VoucherUpdated", voucher={"id": "V1"}) == inbox.Drained(done=1)

    assert InboxEvent.objects.filter(status="WAITING").count() == 1
    assert Redemption.objects.get().due_at == NOON
