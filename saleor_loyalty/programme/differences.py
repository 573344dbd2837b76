"""What a new version changes, in words, with nothing left out."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from django.utils.text import capfirst
from django.utils.translation import gettext

from saleor_loyalty.programme.campaign_terms import Award
from saleor_loyalty.programme.changes.labels import label
from saleor_loyalty.programme.changes.phrases import Phrases
from saleor_loyalty.programme.changes.places import Path, are_named, are_scalars, called, fits
from saleor_loyalty.programme.document import Programme, Worth
from saleor_loyalty.programme.earning_terms import (
    Bands,
    Bonus,
    Multiplier,
    PointsPerAmount,
    QuantityBonus,
    Threshold,
)
from saleor_loyalty.programme.parts import Audience, Limit, Named, Part, Rate, Scope, When
from saleor_loyalty.programme.reward_terms import Steps
from saleor_loyalty.programme.tier_terms import RollingMonths, Tier, Tiers, Validity
from saleor_loyalty.programme.timing_terms import Expiry, Maturity, Trusted

_Tell = Callable[[Any, Path, Any, Any], Iterator["Change"]]
#: Parts that make a short phrase.
SHORT = (
    *(PointsPerAmount, Bands, Multiplier, Bonus, Threshold, QuantityBonus),
    *(When, Audience, Scope, Limit, Award, Steps, Validity, Trusted, RollingMonths),
)


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that changes: where, and a sentence about it.

    Parts with an id are named by it in the path: `earning.rules.double-coffee.effect`.
    """

    path: str
    message: str


def difference(old: Programme, new: Programme) -> tuple[Change, ...]:
    """Return everything that `new` changes, in the order of the document; nothing if they agree."""
    return tuple(_Comparison(old, new).compared((), old, new))


class _Comparison:
    """Compares two documents."""

    def __init__(self, old: Programme, new: Programme) -> None:
        self._old, self._new = old, new
        self._was, self._is = Phrases(old), Phrases(new)
        # Parts with a name, by their paths.
        self._names: dict[Path, str] = {}

    def compared(self, path: Path, before: Any, after: Any) -> Iterator[Change]:
        """Yield what is different between two things that stand at the same place."""
        if before == after:
            return
        special = next((tell for shape, tell in self._special.items() if fits(path, shape)), None)
        if special:
            yield from special(self, path, before, after)
        else:
            yield from self._anything(path, before, after)

    def _anything(self, path: Path, before: Any, after: Any) -> Iterator[Change]:
        if isinstance(before, dict) and isinstance(after, dict):
            for key in [*before, *(key for key in after if key not in before)]:
                yield from self.compared((*path, key), before.get(key), after.get(key))
        elif are_named(before) and are_named(after):
            yield from self._list(path, before, after)
        elif are_scalars(before) and are_scalars(after):
            yield self._items(path, before, after)
        elif type(before) is type(after) and isinstance(before, Part):
            yield from self._parts(path, before, after)
        else:
            yield self._generic(path, before, after)

    def _parts(
        self, path: Path, before: Part, after: Part, *, without: Sequence[str] = ()
    ) -> Iterator[Change]:
        """Yield one sentence if the part makes a short phrase, else one for each of its words."""
        if isinstance(before, SHORT) and self._was.value(before) != self._is.value(after):
            yield self._generic(path, before, after)
            return
        for word in type(before).model_fields:
            if word not in without:
                yield from self.compared((*path, word), getattr(before, word), getattr(after, word))

    def _list(
        self, path: Path, before: Sequence[Named], after: Sequence[Named]
    ) -> Iterator[Change]:
        """Yield what is different between parts that are told apart by their ids."""
        old, new = ({part.id: part for part in parts} for parts in (before, after))
        for key, part in old.items():
            here = (*path, key)
            self._names[here] = called(path[-1], part.name)
            if key in new:
                yield from self.compared(here, part, new[key])
            else:
                message = gettext("%(what)s was taken out: %(described)s.")
                yield self._told(here, message, described=_described(part, self._was, self._old))
        for key, part in new.items():
            if key not in old:
                here = (*path, key)
                self._names[here] = called(path[-1], part.name)
                message = gettext("%(what)s was added: %(described)s.")
                yield self._told(here, message, described=_described(part, self._is, self._new))
        kept = [key for key in old if key in new]
        if kept != [key for key in new if key in old]:
            message = gettext("%(what)s: %(label)s in the order %(order)s.")
            yield self._told(path, message, order=self._is.value(tuple(new)))

    def _items(self, path: Path, before: Sequence[str | int], after: Sequence[str | int]) -> Change:
        """Return what comes and goes in a list, or the new list if that is shorter."""
        known, wanted = set(before), set(after)
        added = tuple(each for each in after if each not in known)
        removed = tuple(each for each in before if each not in wanted)
        if not before or not after or not (added or removed):
            return self._generic(path, before, after)
        words = {"added": self._is.value(added), "removed": self._was.value(removed)}
        if not removed:
            return self._told(path, gettext("%(what)s: %(label)s also %(added)s."), **words)
        if not added:
            message = gettext("%(what)s: %(label)s no longer %(removed)s.")
            return self._told(path, message, **words)
        message = gettext("%(what)s: %(label)s also %(added)s, no longer %(removed)s.")
        return self._told(path, message, **words)

    def _generic(self, path: Path, before: Any, after: Any) -> Change:
        word = path[-1] if path else ""
        return self._told(
            path,
            gettext("%(what)s: %(label)s %(after)s instead of %(before)s."),
            after=self._is.value(after, word),
            before=self._was.value(before, word),
        )

    def _told(self, path: Path, message: str, **words: str) -> Change:
        what, inner = self._what(path)
        words = {"what": what, "label": " ".join(map(label, inner)), **words}
        return Change(".".join(path), " ".join((message % words).split()))

    def _what(self, path: Path) -> tuple[str, Path]:
        """Return what a sentence is about, and the rest of the path."""
        for length in range(len(path), 0, -1):
            if name := self._names.get(path[:length]):
                return name, path[length:]
        return capfirst(label(path[0])) if path else "", path[1:]

    def _name(self, path: Path, before: str, after: str) -> Iterator[Change]:
        message = gettext("The programme is called “%(after)s” instead of “%(before)s”.")
        yield self._told(path, message, before=before, after=after)

    def _rate(self, path: Path, before: Rate | None, after: Rate | None) -> Iterator[Change]:
        old = before and self._was.rate(before, path[-1])
        new = after and self._is.rate(after, path[-1])
        if old and new:
            message = gettext("%(old)s becomes %(new)s.")
            yield self._told(path, message, old=old, new=new)
        elif new:
            message = gettext("Orders in %(currency)s earn %(new)s.")
            yield self._told(path, message, currency=path[-1], new=new)
        else:
            message = gettext("Orders in %(currency)s no longer earn %(old)s.")
            yield self._told(path, message, currency=path[-1], old=old or "")

    def _expiry(self, path: Path, before: Expiry, after: Expiry) -> Iterator[Change]:
        old, new = self._was.term(before), self._is.term(after)
        if old == new:
            yield from self._parts(path, before, after)
            return
        message = gettext("Points lapse %(new)s instead of %(old)s.")
        yield self._told(path, message, old=old, new=new)
        said = ("days", "months", "counts_from", "round_up_to")
        # Without a term, and from earning, nothing was said of acts.
        acts = ("acts",) if "LAST_ACT" in (before.counts_from, after.counts_from) else ()
        yield from self._parts(path, before, after, without=(*said, *acts))

    def _maturity(self, path: Path, before: Maturity, after: Maturity) -> Iterator[Change]:
        old, new = self._was.wait(before), self._is.wait(after)
        if old != new:
            message = gettext("Points become usable %(new)s instead of %(old)s.")
            yield self._told(path, message, old=old, new=new)
        yield from self._parts(path, before, after, without=("after", "days") if old != new else ())

    def _tiers(self, path: Path, before: Tiers | None, after: Tiers | None) -> Iterator[Change]:
        if before and after:
            yield from self._parts(path, before, after)
            return
        tiers, phrases = before or after, self._was if before else self._is
        assert tiers
        said = [phrases.level(level, tiers) for level in tiers.levels]
        details = phrases.details(tiers, without=("levels",))
        message = gettext("Levels were added: %(levels)s; %(details)s.")
        if before:
            message = gettext("Levels were taken out: %(levels)s; %(details)s.")
        yield self._told(path, message, levels=", ".join(said), details=", ".join(details))

    def _threshold(self, path: Path, before: Decimal, after: Decimal) -> Iterator[Change]:
        assert self._old.tiers
        assert self._new.tiers
        message = gettext("%(what)s from %(new)s instead of %(old)s.")
        yield self._told(
            path,
            message,
            new=self._is.threshold(after, self._new.tiers),
            old=self._was.threshold(before, self._old.tiers),
        )

    def _multiplier(self, path: Path, before: Decimal, after: Decimal) -> Iterator[Change]:
        message = gettext("%(what)s earns %(new)s × instead of %(old)s ×.")
        words = {"old": self._was.value(before), "new": self._is.value(after)}
        yield self._told(path, message, **words)

    def _worth(self, path: Path, before: Worth | None, after: Worth | None) -> Iterator[Change]:
        old = before and self._was.worth(before, path[-1])
        new = after and self._is.worth(after, path[-1])
        if old and new:
            message = gettext("Points are worth %(new)s instead of %(old)s.")
            yield self._told(path, message, old=old, new=new)
        elif new:
            yield self._told(path, gettext("Points are worth %(new)s."), new=new)
        else:
            message = gettext("Points are no longer worth %(old)s.")
            yield self._told(path, message, old=old or "")

    def _price(self, path: Path, before: int | None, after: int | None) -> Iterator[Change]:
        old, new = before and self._was.points(before), after and self._is.points(after)
        if old and new:
            message = gettext("%(what)s%(for_levels)s costs %(new)s instead of %(old)s.")
        elif new:
            message = gettext("%(what)s%(for_levels)s costs %(new)s now.")
        else:
            message = gettext("%(what)s%(for_levels)s no longer costs %(old)s.")
        level = gettext(" for level %(name)s") % {"name": path[-1]} if len(path) > 3 else ""
        yield self._told(path, message, old=old or "", new=new or "", for_levels=level)

    def _amount(
        self, path: Path, before: Decimal | None, after: Decimal | None
    ) -> Iterator[Change]:
        nothing, currency = gettext("nothing"), path[-1]
        _what, inner = self._what(path[:-1])
        yield self._told(
            path,
            gettext("%(what)s: %(label)s %(after)s instead of %(before)s."),
            label=" ".join(map(label, inner)),
            after=nothing if after is None else self._is.money(after, currency),
            before=nothing if before is None else self._was.money(before, currency),
        )

    #: What has a sentence of its own, by its place; * is any id or currency.
    _special: ClassVar[Mapping[Path, _Tell]] = {
        ("name",): _name,
        ("earning", "rates", "*"): _rate,
        ("maturity",): _maturity,
        ("expiry",): _expiry,
        ("tiers",): _tiers,
        ("tiers", "levels", "*", "threshold"): _threshold,
        ("tiers", "levels", "*", "benefits", "multiplier"): _multiplier,
        ("value", "worth", "*"): _worth,
        ("rewards", "*", "points"): _price,
        ("rewards", "*", "tier_points", "*"): _price,
        ("rewards", "*", "money", "*"): _amount,
        ("rewards", "*", "minimum", "*"): _amount,
        ("redeeming", "store_credit_from", "*"): _amount,
        ("conversion", "money", "*"): _amount,
    }


def _described(part: Named, words: Phrases, document: Programme) -> str:
    if isinstance(part, Tier) and document.tiers:
        return words.level(part, document.tiers)
    return words.described(part)
