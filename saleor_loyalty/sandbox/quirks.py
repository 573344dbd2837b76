"""How the sandbox misbehaves on purpose."""

from dataclasses import dataclass, fields, replace
from typing import Any

SPEED_MIN = 0.001
COPIES_MAX = 10


class BadQuirk(Exception):
    """No such quirk, or a value it cannot have."""


@dataclass(frozen=True, slots=True)
class Quirks:
    """Switches that make the trouble of a real Saleor happen every time.

    `copies`: how often each delivery is made. `shuffle_ms`: each waits a random time up to this,
    drawn with `seed`. `outage`: deliveries are lost. `speed`: divides the pauses between
    attempts. `race_codes`: checkouts completed while it is on all get the discount of a code that
    works once, as in Saleor those do that are completed at the same moment.
    `burn_codes`: completing a checkout fails once its code was used up.
    """

    copies: int = 1
    shuffle_ms: int = 0
    seed: int = 0
    outage: bool = False
    speed: float = 1.0
    race_codes: bool = False
    burn_codes: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.copies <= COPIES_MAX:
            raise BadQuirk(f"copies={self.copies}: from 1 to {COPIES_MAX}.")
        if self.shuffle_ms < 0 or self.speed < SPEED_MIN:
            raise BadQuirk("shuffle_ms cannot be negative, nor speed below 0.001.")


def changed(quirks: Quirks, changes: dict[str, Any]) -> Quirks:
    """Return the quirks with some of them changed.

    :raises BadQuirk: if a name or value is wrong.
    """
    kinds = {field.name: type(getattr(quirks, field.name)) for field in fields(quirks)}
    for name, value in changes.items():
        kind = kinds.get(name)
        fits = kind is not None and isinstance(value, (int, float) if kind is float else kind)
        if not fits or (isinstance(value, bool) and kind is not bool):
            raise BadQuirk(f"{name}={value!r}")
    return replace(quirks, **changes)
