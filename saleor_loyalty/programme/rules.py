"""What points are worth, as promised when they were earned."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from fractions import Fraction

from saleor_loyalty.programme.document import Version, Worth, version_at


def worth(
    versions: Sequence[Version], earned_under: Version, currency: str, at: datetime
) -> Worth | None:
    """Return what points earned under a version are worth at least; None: nothing was promised.

    That is what the version in force says or, if it is more, the most that any version has said
    since they were earned: until so many days, by that version, after the first later one that
    says less took effect.

    :param versions: all of them, the latest to take effect first.
    """
    in_force = version_at(at, versions)
    promises = [
        _promised(version, currency)
        for version in versions
        if version is in_force
        or (
            (version == earned_under or _is_between(version, earned_under, at))
            and at < _kept_until(versions, version, currency)
        )
    ]
    return max((promise for promise in promises if promise), key=_per_point, default=None)


def _kept_until(versions: Sequence[Version], earned_under: Version, currency: str) -> datetime:
    """Return the end of what a version promised; far away while no later one says less."""
    promised = _per_point(_promised(earned_under, currency))
    lesser = [
        version.effective_from
        for version in versions
        if _order(version) > _order(earned_under)
        and _per_point(_promised(version, currency)) < promised
    ]
    if not lesser:
        return datetime.max.replace(tzinfo=earned_under.effective_from.tzinfo)
    return min(lesser) + timedelta(days=earned_under.document.value.notice_days)


def _is_between(version: Version, earned_under: Version, at: datetime) -> bool:
    """Tell whether a version took effect since points were earned, and by `at`."""
    return _order(version) > _order(earned_under) and version.effective_from <= at


def _promised(version: Version, currency: str) -> Worth | None:
    return version.document.value.worth.get(currency)


def _per_point(worth: Worth | None) -> Fraction:
    return Fraction(worth.money) / worth.points if worth else Fraction(0)


def _order(version: Version) -> tuple[datetime, int]:
    return version.effective_from, version.number
