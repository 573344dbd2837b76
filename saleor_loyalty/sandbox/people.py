"""Customers and staff."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from .ids import Node


@dataclass(frozen=True, slots=True)
class Permission:
    """A permission by its code, e.g. MANAGE_ORDERS."""

    code: str

    @property
    def name(self) -> str:
        """The code in words."""
        return self.code.replace("_", " ").capitalize() + "."


@dataclass(kw_only=True, eq=False)
class User(Node):
    """Somebody with an account. `token_key` changes when all their tokens become void."""

    KIND: ClassVar[str] = "User"
    email: str
    password: str
    date_joined: datetime
    updated_at: datetime
    token_key: str
    first_name: str = ""
    last_name: str = ""
    is_staff: bool = False
    is_active: bool = True
    is_confirmed: bool = True
    language_code: str = "EN"
    permissions: frozenset[str] = frozenset()
    customer_type_id: str | None = None

    @property
    def user_permissions(self) -> list[Permission]:
        """The permissions as the API shows them."""
        return [Permission(code) for code in sorted(self.permissions)]
