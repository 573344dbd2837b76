"""How levels are won, kept and lost: pure.

A level is won at once, and promised until a day. Only the review after that day may take it: it
is renewed if what was done in the window up to then still reaches it. New versions of the
programme change what is won and reviewed from then on, never what was promised.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from saleor_loyalty.earning.calendar import period_end
from saleor_loyalty.members.rules import Fact, segments_at
from saleor_loyalty.programme.document import Version, version_at
from saleor_loyalty.programme.parts import Period
from saleor_loyalty.programme.tier_terms import CalendarYear, Tiers
from saleor_loyalty.tiers.calendar import promised_until, window_start
from saleor_loyalty.tiers.ladder import GROUND, level_at, rank_of, rank_reached
from saleor_loyalty.tiers.metrics import TOLD, Tally
from saleor_loyalty.tiers.promises import Promise, Terms, review, win
from saleor_loyalty.tiers.values import (
    Cause,
    Change,
    Deed,
    Goal,
    Grant,
    Outlook,
    Standing,
    Standings,
)

__all__ = [
    "Change",
    "Climb",
    "Deed",
    "Fact",
    "Goal",
    "Grant",
    "Outlook",
    "Standing",
    "Standings",
    "segments_at",
]

#: Two hundred years of monthly reviews; what is still due then is passed over.
STEPS_MAX = 2_500


class Climb:
    """A member's way through the levels, walked once from the past to now.

    :param versions: every version of the programme, the latest to take effect first.
    """

    def __init__(
        self,
        versions: Sequence[Version],
        *,
        joined_at: datetime,
        grants: Sequence[Grant] = (),
        facts: Sequence[Fact] = (),
    ) -> None:
        self._versions = versions
        self._grants = sorted(grants, key=lambda grant: grant.from_at)
        self._tally = Tally(facts)
        # When something happens that is no deed, and how much of that has passed.
        self._moments = sorted({at for at in _moments(versions, grants, facts) if at > joined_at})
        self._passed = 0
        # Replaced rather than changed, so that a copy can go on alone.
        self._promises: tuple[Promise, ...] = ()
        self._changes: tuple[Change, ...] = ()
        self._now = joined_at
        self._rise()
        level, until, is_manual = self._effective()
        self._standing = Standing(level, joined_at, until, "MANUAL" if is_manual else "START")

    def standing_at(self, at: datetime) -> Standing:
        """Go on to `at`, or stay where the last deed was; return where the member stands then."""
        self._go_on(at)
        return replace(self._standing, review_at=self._next_moment())

    def add(self, deed: Deed) -> None:
        """Count a deed: it may bring another level at once."""
        assert deed.at >= self._now, "a member's way leads from the past to now"
        self._go_on(deed.at)
        self._tally.add(deed)
        terms = self._terms()
        # What is told of members is looked at when it is told, and not when they buy.
        if terms and terms.tiers.metric not in TOLD:
            self._settle()

    @property
    def changes(self) -> list[Change]:
        """Every change so far, the first first."""
        return list(self._changes)

    def outlook(self, at: datetime) -> Outlook | None:
        """Return what lies ahead of the member at `at`; None where the shop has no levels."""
        self._go_on(at)
        terms = self._terms()
        if terms is None:
            return None
        level, until, is_manual = self._effective()
        promise = None if is_manual else self._best(terms.tiers)
        ends_at = promise.deadline(terms) if promise else until
        return Outlook(
            at=self._now,
            metric=terms.tiers.metric,
            currency=terms.tiers.currency,
            attribute=terms.tiers.attribute,
            timezone=terms.zone.key,
            level=level,
            until=until,
            projected=self._level_after(ends_at) if ends_at else level,
            review_at=ends_at,
            rise=self._rise_goal(terms, level),
            keep=self._keep_goal(terms, promise) if promise else None,
        )

    def _go_on(self, at: datetime) -> None:
        for _ in range(STEPS_MAX):
            moment = self._next_moment()
            if moment is None or moment > at:
                break
            self._now = max(self._now, moment)
            self._passed = bisect_right(self._moments, moment)
            self._settle()
        self._now = max(self._now, at)

    def _next_moment(self) -> datetime | None:
        """Return when something may change though the member does nothing."""
        moments = [promise.due_at for promise in self._promises if promise.due_at]
        moments += self._moments[self._passed : self._passed + 1]
        terms = self._terms()
        if terms and self._tally.is_moving(terms.tiers, terms.zone, self._now):
            moments.append(period_end(Period.MONTH, self._now, terms.zone))
        return min(moments, default=None)

    def _settle(self) -> None:
        """Make of the promises what they are worth now, and remember what that changed."""
        was_reviewed = self._review()
        risen = self._rise()
        level, until, is_manual = self._effective()
        before = self._standing
        if (level, until) == (before.level, before.until):
            return
        cause: Cause = risen or ("REVIEW" if was_reviewed else "TERMS")
        if is_manual or (before.cause == "MANUAL" and cause == "TERMS"):
            cause = "MANUAL"
        since = before.since if level == before.level else self._now
        self._standing = Standing(level, since, until, cause)
        self._changes += (Change(self._now, before.level, self._standing),)

    def _review(self) -> bool:
        """Look at the promises that are over, or in their days of grace; tell whether any went."""
        open_to_review = [
            promise
            for promise in self._promises
            if promise.grace_until or (promise.until and promise.until <= self._now)
        ]
        is_any_gone = False
        for promise in open_to_review:
            following = review(promise, self._terms(), self._tally, self._now)
            if following is not promise:
                self._promises = tuple(each for each in self._promises if each is not promise)
                is_any_gone = True
                if following:
                    self._hold(following)
        return is_any_gone

    def _rise(self) -> Cause | None:
        """Win the level that is reached now, if it is higher; return why."""
        terms = self._terms()
        if terms is None:
            return None
        reached = rank_reached(terms.tiers, self._value(terms))
        if reached <= max((each.rank(terms.tiers) for each in self._promises), default=GROUND):
            return None
        self._hold(win(reached, terms, promised_until(terms.tiers, terms.zone, self._now)))
        return "UPGRADE" if terms.tiers.levels[reached].threshold > 0 else "START"

    def _hold(self, promise: Promise) -> None:
        """Keep a promise, and of those before it the ones that are higher or last longer."""
        terms = self._terms()
        assert terms
        rank = promise.rank(terms.tiers)
        kept = [
            old for old in self._promises if old.outlasts(promise) or old.rank(terms.tiers) > rank
        ]
        self._promises = (*kept, promise)

    def _effective(self) -> tuple[str | None, datetime | None, bool]:
        """Return the level there is now, until when, and whether the shop gave it by hand."""
        terms = self._terms()
        if terms is None:
            return None, None, False
        best = self._best(terms.tiers)
        rank, until = (best.rank(terms.tiers), best.until) if best else (GROUND, None)
        is_manual = False
        for grant in self._grants:
            if not grant.is_running(self._now):
                continue
            given = rank_of(grant.level, terms.tiers, home=self._home(grant))
            lasts_longer = until is not None and (grant.until is None or grant.until > until)
            if not grant.is_floor or given > rank or (given == rank and lasts_longer):
                rank, until, is_manual = given, grant.until, True
        return level_at(rank, terms.tiers), until, is_manual

    def _best(self, tiers: Tiers) -> Promise | None:
        """Return the promise of the highest level; of equal ones the last to end."""
        best: Promise | None = None
        for promise in self._promises:
            rank = promise.rank(tiers)
            if rank == GROUND:
                continue
            if (
                best is None
                or rank > best.rank(tiers)
                or (rank == best.rank(tiers) and promise.outlasts(best))
            ):
                best = promise
        return best

    def _home(self, grant: Grant) -> Tiers | None:
        """Return the terms a level was given under."""
        version = version_at(grant.from_at, self._versions)
        candidates = [version, *self._versions] if version else []
        return next(
            (
                tiers
                for tiers in (each.document.tiers for each in candidates)
                if tiers and any(level.id == grant.level for level in tiers.levels)
            ),
            None,
        )

    def _terms(self) -> Terms | None:
        version = version_at(self._now, self._versions)
        if version is None or version.document.tiers is None:
            return None
        return Terms(version.document.tiers, _zone(version.document.timezone))

    def _value(self, terms: Terms) -> Decimal:
        since = window_start(terms.tiers, terms.zone, self._now)
        return self._tally.value(terms.tiers, terms.zone, since=since, at=self._now)

    def _level_after(self, at: datetime) -> str | None:
        """Return the level after `at` if nothing happens before."""
        return copy(self).standing_at(at).level

    def _rise_goal(self, terms: Terms, level: str | None) -> Goal | None:
        """Return what the next level takes."""
        tiers, zone = terms.tiers, terms.zone
        rank = GROUND if level is None else rank_of(level, tiers, home=None)
        have = self._value(terms)
        following = next((each for each in tiers.levels[rank + 1 :] if each.threshold > have), None)
        if following is None:
            return None
        since = window_start(tiers, zone, self._now)
        is_yearly = isinstance(tiers.window, CalendarYear) and tiers.metric not in TOLD
        by = period_end(Period.YEAR, self._now, zone) if is_yearly else None
        return Goal(following.id, following.threshold, have, since, by)

    def _keep_goal(self, terms: Terms, promise: Promise) -> Goal | None:
        """Return what keeps the level after its review; None if nothing does, or needs to."""
        deadline = promise.deadline(terms)
        if deadline is None:
            return None
        since = promise.counted_since(terms)
        if since is not None and since >= deadline:
            return None
        level = terms.tiers.levels[promise.rank(terms.tiers)]
        have = self._tally.value(terms.tiers, terms.zone, since=since, at=self._now)
        return Goal(level.id, level.threshold, have, since, deadline)


def _moments(
    versions: Sequence[Version], grants: Sequence[Grant], facts: Sequence[Fact]
) -> Iterator[datetime]:
    """Return when terms, grants and facts begin and end."""
    yield from (version.effective_from for version in versions)
    yield from (fact.at for fact in facts)
    for grant in grants:
        yield grant.from_at
        if grant.ends_at:
            yield grant.ends_at


@lru_cache(maxsize=1_000)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
