"""What an order or another event earns, and why: values, without any rule."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any, NamedTuple

#: No order earns more, so that no sum of a member's points outgrows the database.
POINTS_MAX = 10**12
#: The line of a receipt that stands for shipping.
SHIPPING = "shipping"
#: The line of a receipt for points that no line of an order earned alone.
WHOLE_ENTRY = ""
#: The everyday rate, among the rules.
EVERYDAY = "base"
#: The key of all rules together, among what limits count.
ALL_RULES = ""


class Nothing(StrEnum):
    """Why an order earns nothing."""

    NOT_PAID = "NOT_PAID"
    NO_PROGRAMME = "NO_PROGRAMME"
    CANCELLED = "CANCELLED"
    NOT_A_SALE = "NOT_A_SALE"  # replacements, imports, drafts: no customer bought them here
    NO_RATE = "NO_RATE"
    NO_CUSTOMER = "NO_CUSTOMER"
    GIVEN_BACK = "GIVEN_BACK"  # no goods stayed, or no money: it was never bought
    STORED_VALUE = "STORED_VALUE"  # paid with gift cards or points, where such orders earn nothing


class Allocation(NamedTuple):
    """The points that one line of an order earned by one rule.

    They may be negative: a rule with a factor below one takes from what others gave. A tuple,
    because a large order under many rules makes thousands of them.
    """

    line: str
    rule: str
    points: int


@dataclass(frozen=True, slots=True)
class Reason:
    """Why there are points, or why there are not more; sentences.py puts it into words.

    `facts` hold only what JSON can.
    """

    rule: str
    code: str
    points: int
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reckoning:
    """What an entry should have earned.

    `points` is the sum of the allocations, and that of the reasons; `exact` was rounded down to it.
    """

    points: int
    exact: Fraction = Fraction(0)
    allocations: tuple[Allocation, ...] = ()
    reasons: tuple[Reason, ...] = ()
    nearly: tuple[Reason, ...] = ()
    nothing: Nothing | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """What was used of a limit, or is used by one entry."""

    points: int
    times: int


@dataclass(frozen=True, slots=True)
class Circumstances:
    """The member when the entry happened."""

    tier: str | None = None
    segments: frozenset[str] = frozenset()
    # Which order this is; 1 is the first.
    order_number: int = 1
    # Own categories of everything bought before, see `rules.categories_of`.
    categories_before: frozenset[str] = frozenset()
    # Rules and campaigns that the member had joined.
    joined: frozenset[str] = frozenset()
    # Used under limits so far, by rule (ALL_RULES: all of them) and bucket of the calendar.
    used: Mapping[tuple[str, str], Usage] = field(default_factory=dict)
    # Left of a rule's budget; one that is not in it has all of it.
    budget_left: Mapping[str, int] = field(default_factory=dict)
    # What rewards bought with points took off the goods' prices, in the order's currency.
    paid_by_points: Decimal = Decimal(0)
    # What was paid with gift cards that points bought: these lower no price.
    points_on_gift_cards: Decimal = Decimal(0)
