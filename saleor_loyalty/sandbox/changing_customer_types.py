"""Queries and mutations of customer types and of what is said of customers."""

from typing import Any

from .access import Denied
from .catalogue import slug_of
from .connections import by_number, page_of
from .customer_types import Attribute, CustomerType, type_of_customer
from .people import User
from .refusals import Refusal
from .resolving import Request, mutates, resolves

Payload = dict[str, Any]

MANAGES = ("MANAGE_CUSTOMER_TYPES_AND_ATTRIBUTES",)


@resolves("Query.attribute")
def attribute(
    _root: Any, request: Request, node_id: str | None = None, slug: str | None = None
) -> Attribute | None:
    if node_id is not None:
        return request.world.get(Attribute, node_id)
    return next((each for each in request.world.all(Attribute) if each.slug == slug), None)


@resolves("Query.customerTypes", needs=("MANAGE_USERS", *MANAGES))
def customer_types(
    _root: Any, request: Request, where: dict[str, Any] | None = None, **page: Any
) -> Payload:
    wanted = (where or {}).get("is_default")
    every = request.world.all(CustomerType)
    return page_of([each for each in every if wanted in {None, each.is_default}], by_number, **page)


@resolves("User.customerType", needs=("MANAGE_USERS",))
def customer_type(user: User, request: Request) -> CustomerType:
    return type_of_customer(request.world, user)


@resolves("User.assignedAttributes")
def assigned_attributes(user: User, request: Request, limit: int) -> list[Payload]:
    is_staff = request.caller.may("MANAGE_USERS")
    if not is_staff and user is not request.caller.user:
        raise Denied("MANAGE_USERS", "OWNER")
    attributes = type_of_customer(request.world, user).attributes
    shown = [each for each in attributes if is_staff or each.visible_in_storefront]
    return [each.of(user) for each in shown[:limit]]


@resolves("User.assignedAttribute")
def assigned_attribute(user: User, request: Request, slug: str) -> Payload | None:
    found = assigned_attributes(user, request, limit=len(request.world.all(Attribute)))
    return next((each for each in found if each["attribute"].slug == slug), None)


@mutates("attributeCreate")
def attribute_create(request: Request, given: dict[str, Any]) -> Payload:
    if given["type"] != "CUSTOMER_TYPE":
        raise Refusal("type", "INVALID", "This shop's goods have no attributes.")
    request.require(*MANAGES)
    world = request.world
    slug = given.get("slug") or slug_of(given["name"])
    if any(each.slug == slug for each in world.all(Attribute)):
        raise Refusal("slug", "UNIQUE", "Attribute with this Slug already exists.")
    new = Attribute(
        pk=world.next_number("attribute"),
        name=given["name"],
        slug=slug,
        input_type=given.get("input_type") or "DROPDOWN",
        visible_in_storefront=given.get("visible_in_storefront", True),
    )
    return {"attribute": world.add(new)}


@mutates("customerTypeCreate", needs=MANAGES)
def customer_type_create(request: Request, given: dict[str, Any]) -> Payload:
    world, name = request.world, given.get("name") or ""
    slug = given.get("slug") or slug_of(name)
    if not slug:
        raise Refusal("name", "REQUIRED", "A customer type needs a name.")
    if any(each.slug == slug for each in world.all(CustomerType)):
        raise Refusal("slug", "UNIQUE", "Customer type with this Slug already exists.")
    pk = world.next_number("customer type")
    return {"customer_type": world.add(CustomerType(pk=pk, name=name, slug=slug))}


@mutates("customerTypeAssignAttributes", needs=MANAGES)
def customer_type_assign_attributes(
    request: Request, attribute_ids: list[str], customer_type_id: str
) -> Payload:
    kind = request.world.require(CustomerType, customer_type_id)
    new = [request.world.require(Attribute, each) for each in attribute_ids]
    if again := [each.id for each in new if each in kind.attributes]:
        message = "Some of the attributes have been already assigned to this customer type."
        raise Refusal("attributeIds", "ATTRIBUTE_ALREADY_ASSIGNED", message, attributes=again)
    kind.attributes.extend(new)
    return {"customer_type": kind}
