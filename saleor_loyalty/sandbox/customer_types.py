"""Kinds of customers, and the attributes that customers of a kind have."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar

from .ids import Node
from .people import User
from .refusals import Refusal
from .world import World


@dataclass(kw_only=True, eq=False)
class Attribute(Node):
    """Something that can be said of customers."""

    KIND: ClassVar[str] = "Attribute"
    name: str
    slug: str
    type: str = "CUSTOMER_TYPE"
    input_type: str = "PLAIN_TEXT"
    visible_in_storefront: bool = True
    # What is said of whom, by the customer's global id.
    said: dict[str, Any] = field(default_factory=dict)

    def of(self, user: User) -> dict[str, Any]:
        """Return what is said of a customer the way the API shows it."""
        kind = "Numeric" if self.input_type == "NUMERIC" else "PlainText"
        value = self.said.get(user.id)
        return {"__typename": f"Assigned{kind}Attribute", "attribute": self, "value": value}


@dataclass(kw_only=True, eq=False)
class CustomerType(Node):
    """A kind of customers. Those of no kind are of the default one."""

    KIND: ClassVar[str] = "CustomerType"
    name: str
    slug: str
    is_default: bool = False
    attributes: list[Attribute] = field(default_factory=list)


def type_of_customer(world: World, user: User) -> CustomerType:
    """Return the kind a customer is of."""
    given = [each for each in world.all(CustomerType) if each.id == user.customer_type_id]
    default = [each for each in world.all(CustomerType) if each.is_default]
    return (given + default)[0]


def say(world: World, user: User, described: list[dict[str, Any]]) -> None:
    """Change what is said of a customer: only what their kind has attributes for.

    :raises Refusal: if there is no such attribute, or nothing is said that it understands.
    """
    known = {each.id: each for each in type_of_customer(world, user).attributes}
    for each in described:
        if each.get("id") not in known:
            message = f"Could not resolve attributes: {each.get('id')}."
            raise Refusal("attributes", "NOT_FOUND", message)
    for each in described:
        attribute = known[each["id"]]
        attribute.said[user.id] = _value_for(attribute, each)


def _value_for(attribute: Attribute, described: dict[str, Any]) -> Any:
    if attribute.input_type != "NUMERIC":
        return described.get("plain_text")
    text = described.get("numeric")
    try:
        return None if text is None else float(Decimal(text))
    except ArithmeticError as error:
        message = "Numeric value required."
        raise Refusal("attributes", "INVALID", message) from error
