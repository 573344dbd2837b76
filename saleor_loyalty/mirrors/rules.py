"""What is shown of a member, whether it still holds, and when it is tried again."""

from dataclasses import dataclass
from datetime import timedelta

_TRIES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=20), timedelta(hours=1))


@dataclass(frozen=True, slots=True)
class Display:
    """A member's level, by its name ("": none), and the points they can use."""

    tier: str
    points: int


@dataclass(frozen=True, slots=True)
class Shown:
    """What a shop took of a member, under one of its setups; 0: nothing yet."""

    setup: int
    tier: str = ""
    # None: it refused.
    points: int | None = None

    def is_refused_by(self, setup: int) -> bool:
        """Tell whether the setup has nowhere to show it."""
        return self.setup == setup and self.points is None


def is_current(shown: Shown, display: Display, *, setup: int) -> bool:
    """Tell whether nothing is to be said; of somebody without anything, nothing ever was."""
    if shown.setup == 0:
        return display == Display("", 0)
    return shown == Shown(setup, display.tier, display.points)


def back_off(attempts: int) -> timedelta:
    """Return how long to wait after so many attempts in a row that failed."""
    return _TRIES[min(max(attempts, 1), len(_TRIES)) - 1]
