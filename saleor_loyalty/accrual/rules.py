"""A member's whole history replayed: what each entry should have earned. Pure.

There is no other memory of what was counted: stamps, limits, levels and the number of an order all
come out of the entries as they stand now. So goods that were returned are as if they had never
been bought, for the orders after them too. Only budgets, which members share, are remembered.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from uuid import UUID

from saleor_loyalty.accrual.awards import with_awards, within_budgets
from saleor_loyalty.accrual.history import (
    NO_POINTS,
    Accrued,
    Entry,
    EventEntry,
    History,
    OrderEntry,
    Replayed,
)
from saleor_loyalty.accrual.memberships import paid_memberships
from saleor_loyalty.campaigns.rules import Count
from saleor_loyalty.earning.keeping import categories_of, kept_money
from saleor_loyalty.earning.reckoning import (
    Circumstances,
    Nothing,
    Reckoning,
    Usage,
)
from saleor_loyalty.earning.rules import (
    event_parts,
    parts,
    points_for,
    points_for_event,
    usages,
)
from saleor_loyalty.earning.terms import Terms, ready
from saleor_loyalty.ledger.convergence import Part
from saleor_loyalty.members.rules import Paid, with_paid
from saleor_loyalty.programme.document import Version, version_at
from saleor_loyalty.programme.tier_terms import Tiers
from saleor_loyalty.programme.timing_terms import Act
from saleor_loyalty.tiers.rules import Climb, Deed, segments_at

#: Points given so far by budget, over all members. The replay moves them along.
Spent = defaultdict[str, int]
_NEVER_BOUGHT = {Nothing.CANCELLED, Nothing.NOT_A_SALE, Nothing.GIVEN_BACK}


def replay(
    history: History,
    versions: Sequence[Version],
    terms: Mapping[UUID, Terms],
    *,
    spent: Spent | None,
    until: datetime,
    is_explained: bool = True,
) -> Replayed:
    """Return what every entry should have earned by `until`.

    :param versions: every version of the programme, the latest to take effect first.
    :param terms: the same versions' documents, ready for counting.
    :param spent: what was given of budgets; changed to what will have been. None: as if they
        never ended.
    :param is_explained: whether reasons are given, and the days when points become available. In
        a trial over very many orders nobody asks for them.
    """
    walk = _Walk(history, versions, terms, spent, is_explained=is_explained)
    accrued = [walk.take(entry) for entry in history.entries]
    return walk.end(accrued, max([until, *[entry.at for entry in history.entries[-1:]]]))


class _Walk:
    """One way through a history, from the past to now."""

    def __init__(
        self,
        history: History,
        versions: Sequence[Version],
        terms: Mapping[UUID, Terms],
        spent: Spent | None,
        *,
        is_explained: bool,
    ) -> None:
        self._history, self._versions, self._terms, self._spent = history, versions, terms, spent
        self._is_explained = is_explained
        self._deeds: dict[UUID, Deed] = {}
        self._paid = self._memberships()
        self._facts = with_paid(history.facts, self._paid)
        self._climb: Climb | None = None
        if any(version.document.tiers for version in versions):
            began = min([history.joined_at, *[entry.at for entry in history.entries[:1]]])
            self._climb = Climb(versions, joined_at=began, grants=history.grants, facts=self._facts)
        self._count = Count(versions, joined_at=history.joined_at, opted_in=history.opted_in)
        self._orders = 0
        self._categories: set[str] = set()
        self._used: dict[tuple[str, str], Usage] = {}
        # All that the member was given of budgets is given out again, to the earliest entry first.
        self._kept: Counter[str] = Counter()
        for entry in history.entries:
            self._kept.update(entry.granted)
        if spent is not None:
            for key, points in self._kept.items():
                spent[key] -= points

    def take(self, entry: Entry) -> Accrued:
        """Count one entry, under what came before it."""
        version_id = self._version_of(entry)
        terms = self._terms[version_id]
        who = self._who(entry, terms)
        if isinstance(entry, OrderEntry):
            accrued = self._take_order(entry, version_id, terms, who)
        else:
            accrued = self._take_event(entry, version_id, terms, who)
        self._remember(accrued, terms)
        return accrued

    def end(self, accrued: Sequence[Accrued], until: datetime) -> Replayed:
        """Go on to `until`: levels may be reviewed though nothing happens."""
        nothing_more = EventEntry(UUID(int=0), until, {}, event="")
        who = self._who(nothing_more, self._terms[self._version_of(nothing_more)])
        standing = self._climb.standing_at(until) if self._climb else None
        return Replayed(
            accrued, who, self._climb, standing, self._count, until, self._deeds, self._facts,
            self._paid,
        )  # fmt: skip

    def _memberships(self) -> Sequence[Paid]:
        if not any(version.document.membership for version in self._versions):
            return ()
        bought = [
            (entry, self._terms[self._version_of(entry)])
            for entry in self._history.entries
            if isinstance(entry, OrderEntry)
        ]
        return paid_memberships(bought, self._history.given_back)

    def _version_of(self, entry: Entry) -> UUID:
        frozen = entry.version_id if isinstance(entry, OrderEntry) else None
        if frozen and frozen in self._terms:
            return frozen
        version = version_at(entry.at, self._versions)
        assert version, "without a programme there is nothing to replay"
        return version.id

    def _who(self, entry: Entry, terms: Terms) -> Circumstances:
        by_points = entry.paid_by_points if isinstance(entry, OrderEntry) else NO_POINTS
        return Circumstances(
            tier=self._climb.standing_at(entry.at).level if self._climb else None,
            segments=segments_at(self._facts, entry.at),
            order_number=self._orders + 1,
            categories_before=frozenset(self._categories),
            used=self._used,
            joined=frozenset(key for key, at in self._history.opted_in.items() if at <= entry.at),
            budget_left=self._budget_left(terms),
            paid_by_points=by_points.off,
            points_on_gift_cards=by_points.by_gift_card,
        )

    def _budget_left(self, terms: Terms) -> dict[str, int]:
        """Return what is left of every budget.

        What the member was given stays theirs, though a smaller budget came after.
        """
        spent = self._spent
        if spent is None:
            return {}
        return {
            key: max(0, budget - spent[key], self._kept[key])
            for key, budget in terms.budgets.items()
        }

    def _tiers(self, terms: Terms) -> Tiers | None:
        """Return the levels an order counts for: of its version, or of the first that has any.

        A shop that introduces levels wants them to know what was bought before.
        """
        first = (each.document.tiers for each in reversed(self._versions) if each.document.tiers)
        return terms.document.tiers or next(first, None)

    def _take_order(
        self, entry: OrderEntry, version_id: UUID, terms: Terms, who: Circumstances
    ) -> Accrued:
        order, peak = entry.order, entry.charged_peak
        reckoning = points_for(
            order, terms, who, charged_peak=peak, is_explained=self._is_explained
        )
        if was_bought(reckoning):
            if terms.document.campaigns:
                awards = self._count.add(order, peak, who)
                awards = [*within_budgets(awards, who.budget_left), *self._count.stamped]
                reckoning = with_awards(reckoning, awards)
            self._orders += 1
            self._categories |= categories_of(order)
            if self._climb:
                self._climb_by(entry, _deed(entry, self._tiers(terms), reckoning))
        lived: Sequence[Part] = ()
        if self._is_explained:
            lived = parts(order, reckoning, terms, who, paid_at=entry.paid_at)
        return self._accrued(entry, version_id, terms, who, reckoning, lived)

    def _take_event(
        self, entry: EventEntry, version_id: UUID, terms: Terms, who: Circumstances
    ) -> Accrued:
        if entry.is_revoked:
            reckoning = Reckoning(0)
        elif award := self._count.surprise(entry.event, entry.reference, entry.at, who):
            reckoning = with_awards(Reckoning(0), within_budgets([award], who.budget_left))
        else:
            reckoning = points_for_event(entry.event, entry.at, terms, who)
        if self._climb:
            self._climb_by(entry, Deed(entry.at, Decimal(0), reckoning.points, is_order=False))
        lived = event_parts(reckoning, terms, who, at=entry.at)
        return self._accrued(entry, version_id, terms, who, reckoning, lived)

    def _climb_by(self, entry: Entry, deed: Deed) -> None:
        assert self._climb
        self._climb.add(deed)
        self._deeds[entry.id] = deed

    def _accrued(
        self,
        entry: Entry,
        version_id: UUID,
        terms: Terms,
        who: Circumstances,
        reckoning: Reckoning,
        lived: Sequence[Part],
    ) -> Accrued:
        granted: defaultdict[str, int] = defaultdict(int)
        for allocation in reckoning.allocations:
            if allocation.rule in terms.budgets:
                granted[allocation.rule] += allocation.points
        # A factor below one takes points: that fills no budget.
        taken = {key: points for key, points in granted.items() if points > 0}
        return Accrued(entry, version_id, who, reckoning, lived, taken)

    def _remember(self, accrued: Accrued, terms: Terms) -> None:
        if self._spent is not None:
            for key, points in accrued.granted.items():
                self._spent[key] += points
                self._kept[key] -= points
        for limited, usage in usages(accrued.reckoning, terms, accrued.entry.at):
            before = self._used.get(limited, Usage(0, 0))
            together = Usage(before.points + usage.points, before.times + usage.times)
            self._used[limited] = together


def _deed(entry: OrderEntry, tiers: Tiers | None, reckoning: Reckoning) -> Deed:
    money = Decimal(0)
    if tiers and entry.order.currency == (tiers.currency or entry.order.currency):
        money = kept_money(
            entry.order, basis=tiers.basis, shipping=tiers.shipping,
            charged_peak=entry.charged_peak,
        )  # fmt: skip
    return Deed(entry.at, money, reckoning.points, is_order=True)


def was_bought(reckoning: Reckoning) -> bool:
    """Tell whether anything of an order stayed; else it is no order at all."""
    return reckoning.nothing not in _NEVER_BOUGHT


def last_acts(accrued: Iterable[Accrued]) -> dict[Act, datetime]:
    """Return when a member last bought what they kept, and last did something else."""
    last: dict[Act, datetime] = {}
    for each in accrued:
        entry = each.entry
        if isinstance(entry, OrderEntry):
            if was_bought(each.reckoning):
                last[Act.ORDER] = max(entry.paid_at, last.get(Act.ORDER, entry.paid_at))
        elif not entry.is_revoked:
            last[Act.EVENT] = entry.at
    return last


def ready_all(versions: Iterable[Version]) -> dict[UUID, Terms]:
    """Return every version's document ready for counting; it is made ready once."""
    return {version.id: _ready(version) for version in versions}


def are_counted_alone(versions: Sequence[Version]) -> bool:
    """Tell whether no version looks beyond the single order: then nothing else need be read."""
    return not any(_ready(version).needs_history for version in versions)


@lru_cache(maxsize=1_000)
def _ready(version: Version) -> Terms:
    return ready(version.document)
