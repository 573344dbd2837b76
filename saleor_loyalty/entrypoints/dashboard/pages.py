"""What each of our pages in the Dashboard shows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.utils.formats import number_format
from graphql_relay import to_global_id

from saleor_loyalty.accrual import sentences as receipts
from saleor_loyalty.accrual.queries import whereabouts
from saleor_loyalty.campaigns import sentences as campaigns
from saleor_loyalty.campaigns.reckoning import Progress
from saleor_loyalty.entrypoints.dashboard.viewers import Viewer
from saleor_loyalty.entrypoints.install.manifest import MOUNTS
from saleor_loyalty.keys import member_key
from saleor_loyalty.ledger import queries as ledger
from saleor_loyalty.ledger.reasons import sentence
from saleor_loyalty.members.queries import member
from saleor_loyalty.orders.queries import order_by_saleor_id
from saleor_loyalty.pages import Window
from saleor_loyalty.programme.document import Programme, Version, version_at
from saleor_loyalty.programme.queries import NoProgramme, current, versions
from saleor_loyalty.programme.timing_terms import Moment
from saleor_loyalty.redemptions import sentences as rewards
from saleor_loyalty.redemptions.queries import redemption_by_voucher
from saleor_loyalty.tiers import sentences as tiers
from saleor_loyalty.tiers.queries import levels
from saleor_loyalty.tiers.rules import Outlook

MOVEMENTS_SHOWN = 5
CHANGES_SHOWN = 20
CAMPAIGNS_SHOWN = 10

Facts = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Course:
    """How far a member is in a campaign, in words."""

    name: str
    so_far: str
    next_step: str


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
    """Return a customer's points, the last things that happened to them, and how far they are."""
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
        **_whereabouts(viewer, key),
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
        "summary": receipts.summary(receipt) if receipt else "",
        "reasons": [receipts.sentence(each) for each in receipt.get("reasons", ())],
        "nearly": [receipts.sentence(each) for each in receipt.get("nearly", ())],
        "history": [
            (entry, sentence(entry.reason))
            for entry in (ledger.entries_of(record.id, limit=CHANGES_SHOWN) if record else ())
        ],
    }


def voucher(viewer: Viewer) -> Facts:
    """Return which reward a voucher is, and what became of it; nothing: it is none."""
    found = redemption_by_voucher(viewer.shop.id, viewer.subject.get("voucherId", ""))
    if found is None:
        return {}
    redemption, uses = found
    programme = _programme(viewer)
    return {
        "redemption": redemption,
        "unit": programme.unit if programme else None,
        "zone": programme.timezone if programme else "UTC",
        "name": rewards.name(redemption),
        "state": rewards.state(redemption),
        "worth": rewards.worth(redemption),
        "trouble": rewards.trouble(redemption),
        "uses": [(use, rewards.taken_off(use), rewards.remarks(use)) for use in uses],
    }


def _whereabouts(viewer: Viewer, member_id: UUID) -> Facts:
    """Return a member's level, what lies ahead of it, and their progress in campaigns."""
    known = versions(viewer.shop.id)
    held = levels([member_id])[member_id]
    found = whereabouts(installation_id=viewer.shop.id, member_ids=[member_id], at=viewer.at)
    where = found.get(member_id)
    return {
        "level": tiers.name(held.level, known) if held else "",
        "outlook": _ahead(where.outlook, known, viewer) if where else "",
        "campaigns": _courses(where.progress) if where else (),
    }


def _ahead(outlook: Outlook | None, known: Sequence[Version], viewer: Viewer) -> str:
    version = version_at(viewer.at, known)
    return tiers.sentence(outlook, known, version.document) if outlook and version else ""


def _courses(progress: Sequence[Progress]) -> list[Course]:
    return [
        Course(campaigns.name(each), campaigns.so_far(each), campaigns.next_step(each))
        for each in progress[:CAMPAIGNS_SHOWN]
    ]


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
