"""Installed apps, their webhooks and what they report to staff."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from .ids import Node
from .people import Permission


@dataclass(frozen=True, slots=True)
class EventType:
    """The name of an event, e.g. ORDER_PAID."""

    event_type: str

    @property
    def name(self) -> str:
        """The name in words."""
        return self.event_type.replace("_", " ").capitalize()


@dataclass(kw_only=True, eq=False)
class Webhook(Node):
    """Where an app wants to hear of which events, and in what shape."""

    KIND: ClassVar[str] = "Webhook"
    app: "App"
    target_url: str
    subscription_query: str
    events: list[str]
    name: str | None = None
    identifier: str | None = None
    is_active: bool = True
    headers: dict[str, str] = field(default_factory=dict)
    sync_events: tuple[EventType, ...] = ()

    @property
    def async_events(self) -> list[EventType]:
        """The events as the API shows them."""
        return [EventType(event) for event in self.events]


@dataclass(kw_only=True, eq=False)
class Problem(Node):
    """Something the app wants staff to know."""

    KIND: ClassVar[str] = "AppProblem"
    created_at: datetime
    updated_at: datetime
    key: str
    message: str
    count: int = 1
    critical_threshold: int | None = None

    @property
    def is_critical(self) -> bool:
        """Whether it was reported often enough."""
        return self.critical_threshold is not None and self.count >= self.critical_threshold


@dataclass(kw_only=True, eq=False)
class App(Node):
    """A third-party app with its token."""

    KIND: ClassVar[str] = "App"
    identifier: str
    name: str
    created: datetime
    granted: frozenset[str]
    token: str
    manifest_url: str
    app_url: str | None = None
    version: str | None = None
    audience: str | None = None
    is_active: bool = True
    is_installed: bool = False
    type: str = "THIRDPARTY"
    breaker_state: str = "CLOSED"
    webhooks: list[Webhook] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def permissions(self) -> list[Permission]:
        """The permissions as the API shows them."""
        return [Permission(code) for code in sorted(self.granted)]


@dataclass(kw_only=True, eq=False)
class Installation(Node):
    """An installation under way or failed; a finished one is gone, as in Saleor."""

    KIND: ClassVar[str] = "AppInstallation"
    app_name: str
    manifest_url: str
    granted: frozenset[str]
    activate: bool
    created_at: datetime
    updated_at: datetime
    status: str = "PENDING"
    message: str | None = None
