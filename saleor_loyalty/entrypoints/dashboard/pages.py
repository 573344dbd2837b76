"""What each of our pages in the Dashboard shows."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.utils.formats import number_format
from graphql_relay import to_global_id

from saleor_loyalty.accrual import sentences as receipts
from saleor_loyalty.entrypoints.dashboard.viewers import Viewer
from saleor_loyalty.entrypoints.install.manifest import MOUNTS
from saleor_loyalty.keys import member_key
from saleor_loyalty.ledger import queries as ledger
from saleor_loyalty.ledger.reasons import sentence
from saleor_loyalty.members.queries import member
from saleor_loyalty.orders.queries import order_by_saleor_id
from saleor_loyalty.pages import Window
from saleor_loyalty.programme.document import Programme
from saleor_loyalty.programme.queries import NoProgramme, current
from saleor_loyalty.programme.timing_terms import Moment

MOVEMENTS_SHOWN = 5
CHANGES_SHOWN = 20

Facts = dict[str, Any]


def overview(viewer: Viewer) -> Facts:
    """Return the programme in force, in figures."""
    programme = _programme(viewer)
    return {
        "shop": urlsplit(viewer.shop.api_url).netloc,
        "saleor_version": viewer.shop.saleor_version,
        "programme": programme,
        "rates": _rates(programme) if programme else (),
        "is_from_payment": bool(programme and programme.maturity.after is Moment.PAYMENT),
    }


def customer(viewer: Viewer) -> Facts:
    """Return a customer's points, and the last things that happened to them."""
    key = member_key(viewer.shop.id, viewer.subject.get("customerId", ""))
    programme = _programme(viewer)
    if member(viewer.shop.id, key) is None:
        return {"programme": programme}
    history = ledger.histories([key], Window(size=MOVEMENTS_SHOWN))[key]
    return {
        "programme": programme,
        "unit": programme.unit if programme else None,
        "member_id": to_global_id("Member", str(key)),
        "balance": ledger.balance(key, at=viewer.at),
        "history": [(entry, sentence(entry.reason)) for entry in history.rows],
    }


def order(viewer: Viewer) -> Facts:
    """Return what an order earned and why, and what became of it since."""
    saleor_id = viewer.subject.get("orderId", "")
    record = order_by_saleor_id(viewer.shop.id, saleor_id)
    programme = _programme(viewer)
    receipt = record.receipt if record else {}
    return {
        "order": record,
        "unit": programme.unit if programme else None,
        "summary": receipts.summary(receipt),
        "reasons": [receipts.sentence(each) for each in receipt.get("reasons", ())],
        "nearly": [receipts.sentence(each) for each in receipt.get("nearly", ())],
        "changes": [
            (entry, sentence(entry.reason))
            for entry in (ledger.entries_of(record.id, limit=CHANGES_SHOWN) if record else ())
        ],
    }


def voucher(_viewer: Viewer) -> Facts:
    """Return nothing: no reward is a voucher yet."""
    return {}


def _programme(viewer: Viewer) -> Programme | None:
    try:
        return current(viewer.shop.id, viewer.at).document
    except NoProgramme:
        return None


def _rates(programme: Programme) -> list[tuple[int, str, str]]:
    """Return points, and the amount of a currency they are given for."""
    return [
        (rate.points, number_format(rate.per.normalize(), force_grouping=True), currency)
        for currency, rate in programme.earning.rates.items()
    ]


#: Every page by its name: where its template gets its facts.
PAGES: dict[str, Callable[[Viewer], Facts]] = {
    "overview": overview,
    "home": overview,
    "customer": customer,
    "adjust": customer,
    "search": customer,
    "order": order,
    "voucher": voucher,
}
#: The permission that opens each page.
NEEDS = {mount.page: mount.permission for mount in MOUNTS}
