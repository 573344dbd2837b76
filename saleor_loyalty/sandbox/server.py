"""The sandbox over HTTP."""

import json
import socket
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from socketserver import ThreadingMixIn
from types import TracebackType
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from .access import identify
from .control import COMMANDS, BadCommand
from .execution import answer
from .sandbox import Options, Sandbox
from .troubles import BEFORE

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

LOCALHOST = "127.0.0.1"
BODY_BYTES_MAX = 10 * 1024 * 1024
JOIN_SECONDS_MAX = 5.0
POLL_SECONDS = 0.02
# Where a request's connection is found.
CONNECTION = "sandbox.connection"

PAGE = """<!doctype html><meta charset="utf-8"><title>Sandbox</title>
<h1>Corner Shop</h1>
<p>A sandbox that speaks the part of Saleor's GraphQL API a loyalty app uses.
POST queries to this address. Staff: admin@example.com / admin.
Customers: alice@example.com, bob@example.com, carol@example.com / password.</p>
"""

Reply = tuple[int, str, bytes]


def _json(status: int, body: Any) -> Reply:
    return status, "application/json", json.dumps(body).encode()


class BadBody(Exception):
    """A request's body is no JSON, or too long."""


def _read_json(environ: "WSGIEnvironment") -> Any:
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if length > BODY_BYTES_MAX:
        raise BadBody("The body is too long.")
    raw = environ["wsgi.input"].read(length) or b"{}"
    try:
        return json.loads(raw)
    except ValueError as error:
        raise BadBody("The body is not JSON.") from error


def _headers(environ: "WSGIEnvironment") -> dict[str, str]:
    return {
        name[5:].replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }


def _graphql(sandbox: Sandbox, environ: "WSGIEnvironment") -> Reply:
    body = _read_json(environ)
    trouble = sandbox.troubles.next_for(body.get("query") if isinstance(body, dict) else None)
    if trouble in BEFORE:
        return _json(BEFORE[trouble], {"errors": [{"message": "Trouble."}]})
    caller = identify(_headers(environ), signer=sandbox.signer, world=sandbox.world)
    reply = _json(*answer(body, sandbox.request(caller)))
    if trouble == "LOST":
        # The work is done, and nobody will hear of it.
        environ[CONNECTION].shutdown(socket.SHUT_RDWR)
    if trouble == "HALF":
        status, kind, text = reply
        return status, kind, text[: len(text) // 2]
    return reply


def _control(sandbox: Sandbox, environ: "WSGIEnvironment") -> Reply:
    command = COMMANDS.get((environ["REQUEST_METHOD"], environ["PATH_INFO"]))
    if command is None:
        return _json(HTTPStatus.NOT_FOUND, {"error": "There is nothing here."})
    body = _read_json(environ)
    try:
        if not isinstance(body, dict):
            raise BadCommand("Send one JSON object.")
        return _json(HTTPStatus.OK, command(sandbox, body))
    except BadCommand as error:
        return _json(HTTPStatus.BAD_REQUEST, {"error": str(error)})


def _reply(sandbox: Sandbox, environ: "WSGIEnvironment") -> Reply:
    method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
    try:
        if (method, path) == ("POST", "/graphql/"):
            return _graphql(sandbox, environ)
        if (method, path) == ("GET", "/.well-known/jwks.json"):
            return _json(HTTPStatus.OK, sandbox.signer.jwks())
        if (method, path) == ("GET", "/graphql/"):
            return HTTPStatus.OK, "text/html; charset=utf-8", PAGE.encode()
        return _control(sandbox, environ)
    except BadBody as error:
        return _json(HTTPStatus.BAD_REQUEST, {"errors": [{"message": str(error)}]})


class Application:
    """The WSGI application of one sandbox."""

    def __init__(self) -> None:
        # Its address is known only once the server has a port.
        self.sandbox: Sandbox | None = None

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        if self.sandbox is None:
            status, kind, body = _json(HTTPStatus.SERVICE_UNAVAILABLE, {"errors": []})
        else:
            status, kind, body = _reply(self.sandbox, environ)
        headers = [("Content-Type", kind), ("Content-Length", str(len(body)))]
        start_response(f"{int(status)} {HTTPStatus(status).phrase}", headers)
        return [body]


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 256


class _QuietHandler(WSGIRequestHandler):
    def get_environ(self) -> dict[str, Any]:
        """Hand the connection on, for answers that get lost."""
        return {**super().get_environ(), CONNECTION: self.connection}

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its parent says so
        """Say nothing: whoever runs a sandbox reads its control endpoints."""


@dataclass(frozen=True)
class RunningSandbox:
    """A sandbox that answers at `api_url` until it is stopped."""

    api_url: str
    sandbox: Sandbox
    server: WSGIServer
    thread: threading.Thread

    def stop(self) -> None:
        """Stop answering and delivering."""
        self.server.shutdown()
        self.sandbox.stop()
        self.server.server_close()
        self.thread.join(timeout=JOIN_SECONDS_MAX)

    def __enter__(self) -> "RunningSandbox":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def serve(
    host: str = LOCALHOST, port: int = 0, *, options: Options | None = None
) -> RunningSandbox:
    """Start a sandbox in the background. Port 0 takes a free one."""
    options = options or Options()
    application = Application()
    server = make_server(host, port, application, server_class=_Server, handler_class=_QuietHandler)
    api_url = options.public_url or f"http://{host}:{server.server_port}/graphql/"
    application.sandbox = Sandbox(api_url=api_url, options=options)
    thread = threading.Thread(
        target=server.serve_forever, args=(POLL_SECONDS,), name="sandbox", daemon=True
    )
    thread.start()
    return RunningSandbox(api_url, application.sandbox, server, thread)
