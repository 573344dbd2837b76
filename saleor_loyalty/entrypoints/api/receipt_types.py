"""Receipts: why an order earned what it earned, line by line and rule by rule."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import graphene

from saleor_loyalty.accrual import sentences
from saleor_loyalty.entrypoints.api.auth import Customer
from saleor_loyalty.entrypoints.api.context import Context
from saleor_loyalty.entrypoints.api.languages import LanguageCode, wanted_language, written
from saleor_loyalty.entrypoints.api.member_types import Posting
from saleor_loyalty.entrypoints.api.scalars import Points
from saleor_loyalty.ledger import queries as ledger
from saleor_loyalty.orders.models import Order
from saleor_loyalty.orders.queries import order_by_saleor_id

MANAGE_ORDERS = "MANAGE_ORDERS"
#: The most events of an order's points that its receipt lists.
CHANGES_MAX = 100


class ReceiptReason(graphene.ObjectType):
    """Why there are points, or why there are not more."""

    rule = graphene.NonNull(
        graphene.String,
        description="The key of the rule, level or campaign; `base` is the everyday rate.",
    )
    code = graphene.NonNull(graphene.String, description="What kind of reason it is.")
    points = graphene.NonNull(
        Points, description="The points it gave; of what nearly applied, those it would have given."
    )
    sentence = graphene.NonNull(
        graphene.String,
        language=wanted_language(),
        description="The reason with its arithmetic. Plain text: escape it in HTML.",
    )

    @staticmethod
    def resolve_sentence(
        reason: Mapping[str, Any], _info: Any, *, language: LanguageCode | None = None
    ) -> str:
        """Write the sentence in the language wanted."""
        return written(language, partial(sentences.sentence, reason))


class ReceiptLine(graphene.ObjectType):
    """What one line of the order earned by one rule."""

    line_id = graphene.ID(
        description="The id of the order's line in Saleor; null for points that no line earned"
        " alone. Shipping is the line `shipping`."
    )
    rule = graphene.NonNull(graphene.String, description="The key of the rule.")
    points = graphene.NonNull(
        Points, description="Its points; below zero where a rule takes from what others gave."
    )

    @staticmethod
    def resolve_line_id(line: Mapping[str, Any], _info: Any) -> str | None:
        """Leave it out where there is none."""
        return line["line"] or None


class Receipt(graphene.ObjectType):
    """Why an order earns what it earns."""

    points = graphene.NonNull(Points, description="What it earns in all, as it stands now.")
    summary = graphene.NonNull(
        graphene.String,
        language=wanted_language(),
        description="The sum of the reasons, or why there are none. Plain text.",
    )
    reasons = graphene.NonNull(
        graphene.List(graphene.NonNull(ReceiptReason)), description="Each rule that gave points."
    )
    lines = graphene.NonNull(
        graphene.List(graphene.NonNull(ReceiptLine)),
        description="The same points by line and rule; together they are all points.",
    )
    nearly = graphene.NonNull(
        graphene.List(graphene.NonNull(ReceiptReason)),
        description="What nearly gave more points, the most valuable first.",
    )

    @staticmethod
    def resolve_points(receipt: Mapping[str, Any], _info: Any) -> int:
        """Return them."""
        return int(receipt.get("points", 0))

    @staticmethod
    def resolve_summary(
        receipt: Mapping[str, Any], _info: Any, *, language: LanguageCode | None = None
    ) -> str:
        """Write the summary in the language wanted."""
        return written(language, partial(sentences.summary, receipt))

    @staticmethod
    def resolve_reasons(receipt: Mapping[str, Any], _info: Any) -> Sequence[Any]:
        """Return the reasons."""
        return list(receipt.get("reasons", ()))

    @staticmethod
    def resolve_lines(receipt: Mapping[str, Any], _info: Any) -> Sequence[Any]:
        """Return the lines."""
        return list(receipt.get("lines", ()))

    @staticmethod
    def resolve_nearly(receipt: Mapping[str, Any], _info: Any) -> Sequence[Any]:
        """Return what nearly applied."""
        return list(receipt.get("nearly", ()))


class OrderReceipt(graphene.ObjectType):
    """An order's points: why, and what became of them since."""

    order_id = graphene.NonNull(graphene.ID, description="The id of the order in Saleor.")
    order_number = graphene.NonNull(graphene.String, description="Its number.")
    receipt = graphene.NonNull(Receipt, description="Why it earns what it earns.")
    changes = graphene.NonNull(
        graphene.List(graphene.NonNull(Posting)),
        description=f"What happened to its points, the oldest first, at most {CHANGES_MAX}.",
    )

    @staticmethod
    def resolve_order_id(order: Order, _info: Any) -> str:
        """Return Saleor's id."""
        return order.saleor_id

    @staticmethod
    def resolve_order_number(order: Order, _info: Any) -> str:
        """Return the number."""
        return order.number

    @staticmethod
    def resolve_changes(order: Order, _info: Any) -> Sequence[ledger.Entry]:
        """Read them."""
        return ledger.entries_of(order.id, limit=CHANGES_MAX)


def find_receipt(context: Context, order_id: str) -> Order | None:
    """Return the order whose receipt is wanted; to customers those of others are not there.

    :raises NotAuthenticated:
    :raises NotPermitted: for staff without MANAGE_ORDERS.
    """
    if not isinstance(context.caller, Customer):
        context.staff(need={MANAGE_ORDERS})
    order = order_by_saleor_id(context.shop.id, order_id)
    if order and isinstance(context.caller, Customer):
        return order if order.member_id == context.caller.member_id else None
    return order
