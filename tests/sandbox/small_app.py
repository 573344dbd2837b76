"""A very small app: it serves a manifest, takes its token, and keeps what it is sent."""

import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ORDER_EVENTS = """
subscription Orders {
  event {
    __typename
    issuedAt
    recipient { id }
    issuingPrincipal { __typename ... on App { id } ... on User { id } }
    ... on OrderCreated { order { id updatedAt voucherCode } }
    ... on OrderConfirmed { order { id updatedAt } }
    ... on OrderPaid { order { id updatedAt } }
    ... on OrderFullyPaid { order { id updatedAt } }
    ... on OrderUpdated { order { id updatedAt } }
    ... on OrderFulfilled { order { id updatedAt } }
    ... on OrderCancelled { order { id updatedAt } }
    ... on OrderExpired { order { id updatedAt } }
    ... on OrderRefunded { order { id updatedAt } }
    ... on OrderFullyRefunded { order { id updatedAt } }
  }
}
"""
CUSTOMER_EVENTS = """
subscription Customers {
  event {
    __typename
    ... on CustomerCreated { user { id email } }
    ... on CustomerUpdated { user { id email } }
    ... on CustomerDeleted { user { id email } }
  }
}
"""
APP_EVENTS = "subscription Own { event { __typename ... on AppDeleted { app { id } } } }"

WAIT_SECONDS_MAX = 10.0


@dataclass
class Received:
    """One webhook as it arrived."""

    headers: dict[str, str]
    raw: bytes
    at: float = field(default_factory=time.monotonic)

    @property
    def body(self) -> dict[str, Any]:
        """The parsed body."""
        return dict(json.loads(self.raw))


@dataclass
class SmallApp:
    """What the app has seen, and how it answers next."""

    url: str = ""
    identifier: str = "small.app"
    permissions: tuple[str, ...] = ("MANAGE_ORDERS", "MANAGE_USERS")
    subscriptions: dict[str, str] = field(
        default_factory=lambda: {
            "orders": ORDER_EVENTS,
            "customers": CUSTOMER_EVENTS,
            "own": APP_EVENTS,
        }
    )
    registered: list[Received] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    register_answer: tuple[int, dict[str, Any]] = (200, {"success": True})
    answers: list[int] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    @property
    def manifest_url(self) -> str:
        """Where the manifest is."""
        return f"{self.url}/manifest"

    @property
    def token(self) -> str:
        """The token of the last installation."""
        return str(self.registered[-1].body["auth_token"])

    def manifest(self) -> dict[str, Any]:
        """Describe the app."""
        return {
            "id": self.identifier,
            "name": "Small app",
            "version": "1.0.0",
            "permissions": list(self.permissions),
            "appUrl": self.url,
            "tokenTargetUrl": f"{self.url}/register",
            "webhooks": [
                {
                    "name": name,
                    "identifier": name,
                    "query": query,
                    "targetUrl": f"{self.url}/webhooks/{name}",
                    "isActive": True,
                }
                for name, query in self.subscriptions.items()
            ],
        }

    def take(self, path: str, received: Received) -> tuple[int, dict[str, Any]]:
        """Keep a request, and say how to answer it."""
        if path == "/register":
            self.registered.append(received)
            return self.register_answer
        with self.changed:
            self.received.append(received)
            status = self.answers.pop(0) if self.answers else 200
            self.changed.notify_all()
        return status, {}

    def events(self) -> list[str]:
        """Return the names of the events that arrived."""
        return [each.headers["saleor-event"] for each in self.received]

    def wait_for(self, count: int, *, seconds: float = WAIT_SECONDS_MAX) -> list[Received]:
        """Return what arrived, once there is so much of it."""
        with self.changed:
            self.changed.wait_for(lambda: len(self.received) >= count, timeout=seconds)
            return list(self.received)


class _Handler(BaseHTTPRequestHandler):
    app: SmallApp

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        raw = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def do_GET(self) -> None:
        self._answer(200, self.app.manifest())

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self._answer(*self.app.take(self.path, Received(headers, raw)))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as its parent
        """Say nothing."""


class RunningApp:
    """A small app that listens until it is stopped."""

    def __init__(self, **settings: Any) -> None:
        self.app = SmallApp(**settings)
        handler = type("Handler", (_Handler,), {"app": self.app})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.app.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)
