"""A shop's programme, as our API shows it to everybody."""

from datetime import datetime
from typing import Any

import graphene

from saleor_loyalty.entrypoints.api.enums import described_enum
from saleor_loyalty.entrypoints.api.scalars import Points
from saleor_loyalty.programme.document import Version
from saleor_loyalty.programme.earning_terms import Basis, StoredValue
from saleor_loyalty.programme.timing_terms import Moment

PriceBasisEnum = described_enum(
    Basis,
    name="PriceBasisEnum",
    description="Which price earns points.",
    values={"GROSS": "The price with tax.", "NET": "The price without tax."},
)
MaturityStartEnum = described_enum(
    Moment,
    name="MaturityStartEnum",
    description="What the return window starts from.",
    values={"PAYMENT": "The order is paid.", "FULFILMENT": "Its last parcel is sent."},
)


class Money(graphene.ObjectType):
    """An amount of money."""

    amount = graphene.NonNull(graphene.Float, description="The amount.")
    currency = graphene.NonNull(graphene.String, description="ISO 4217 code.")


class EarningRate(graphene.ObjectType):
    """So many points for so much money."""

    points = graphene.NonNull(Points, description="The points earned.")
    per = graphene.NonNull(Money, description="The money that earns them.")


class Programme(graphene.ObjectType):
    """The rules of a shop in force now. An order keeps the rules it was paid under."""

    version = graphene.NonNull(graphene.Int, description="The number of the version.")
    effective_from = graphene.NonNull(graphene.DateTime, description="When it came into force.")
    name = graphene.NonNull(graphene.String, description="What the shop calls its programme.")
    point_name = graphene.NonNull(graphene.String, description="What it calls one point.")
    points_name = graphene.NonNull(graphene.String, description="What it calls many points.")
    earning_rates = graphene.NonNull(
        graphene.List(graphene.NonNull(EarningRate)),
        description="What is earned in each currency; none for currencies not listed.",
    )
    price_basis = graphene.NonNull(PriceBasisEnum, description="Which price earns.")
    is_shipping_earning = graphene.NonNull(
        graphene.Boolean, description="Whether money paid for shipping earns."
    )
    is_gift_card_money_earning = graphene.NonNull(
        graphene.Boolean, description="Whether money paid with a gift card earns."
    )
    maturity_days = graphene.NonNull(
        graphene.Int, description="The return window: points are pending this many days."
    )
    maturity_start = graphene.NonNull(
        MaturityStartEnum, description="What the return window starts from."
    )
    expiry_days = graphene.Int(description="Points expire so many days later; null: never.")


def programme_fields(version: Version) -> dict[str, Any]:
    """Return the fields of a programme's version."""
    document = version.document
    effective_from: datetime = version.effective_from
    return {
        "version": version.number,
        "effective_from": effective_from,
        "name": document.name,
        "point_name": document.unit.one,
        "points_name": document.unit.many,
        "earning_rates": [
            {"points": rate.points, "per": {"amount": rate.per, "currency": currency}}
            for currency, rate in sorted(document.earning.rates.items())
        ],
        "price_basis": document.earning.basis,
        "is_shipping_earning": document.earning.shipping,
        "is_gift_card_money_earning": document.earning.paid_by_gift_card is StoredValue.FULL,
        "maturity_days": document.maturity.days,
        "maturity_start": document.maturity.after,
        "expiry_days": document.expiry.days,
    }
