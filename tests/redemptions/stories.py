"""What members do with rewards, call by call to Saleor, so that any of the calls can fail."""

from collections.abc import Callable
from uuid import UUID

from redemptions.tills import Till

from saleor_loyalty.redemptions.models import Redemption

Act = Callable[[Till, UUID], None]


def taken(till: Till, member: UUID) -> Redemption:
    """The only thing a member took."""
    [redemption] = till.rows(member)
    return redemption


def redeem(till: Till, member: UUID) -> None:
    till.redeem(member, "money", till.open[member], key="k")


def redeem_for_later(till: Till, member: UUID) -> None:
    till.redeem(member, key="k")


def redeem_a_card(till: Till, member: UUID) -> None:
    till.redeem(member, "card", till.open[member], key="k")


def redeem_goods(till: Till, member: UUID) -> None:
    till.redeem(member, "coffee", till.open[member], key="k")


def redeem_and_look_around(till: Till, member: UUID) -> None:
    redeem(till, member)
    till.open[member] = till.checkout(member)


def redeem_a_card_and_look_around(till: Till, member: UUID) -> None:
    redeem_a_card(till, member)
    till.open[member] = till.checkout(member)


def apply(till: Till, member: UUID) -> None:
    till.apply(taken(till, member), till.open[member])


def cancel(till: Till, member: UUID) -> None:
    till.cancel(taken(till, member))


def expire(till: Till, _member: UUID) -> None:
    till.passes(minutes=45)
    till.works()


def order_and_cancel(till: Till, member: UUID) -> None:
    """The order is made, and nobody hears of it before the member gives the reward back."""
    till.cancel(taken(till, member))


def end_card(till: Till, _member: UUID) -> None:
    till.passes(days=40)
    till.works()


def nothing(_till: Till, _member: UUID) -> None:
    """Nothing happened before."""


def redeem_and_pay(till: Till, member: UUID) -> None:
    redeem(till, member)
    till.pays(member, till.open[member])


def redeem_a_card_and_pay(till: Till, member: UUID) -> None:
    till.redeem(member, "card", till.open[member], times=12)
    till.pays(member, till.open[member])


#: What happened before, and what Saleor fails in.
STORIES: dict[str, tuple[Act, Act]] = {
    "redeeming": (nothing, redeem),
    "redeeming for later": (nothing, redeem_for_later),
    "redeeming goods": (nothing, redeem_goods),
    "redeeming store credit": (nothing, redeem_a_card),
    "using what was for later": (redeem_for_later, apply),
    "using elsewhere": (redeem_and_look_around, apply),
    "using store credit elsewhere": (redeem_a_card_and_look_around, apply),
    "giving back": (redeem, cancel),
    "giving store credit back": (redeem_a_card, cancel),
    "giving back what was used": (redeem_and_pay, order_and_cancel),
    "giving store credit back that was used": (redeem_a_card_and_pay, order_and_cancel),
    "ending": (redeem, expire),
    "ending of store credit": (redeem_a_card, expire),
    "ending of store credit that was used": (redeem_a_card_and_pay, end_card),
}  # fmt: skip
