"""Somebody between a shop and our app, who can keep, repeat and refuse what the shop delivers."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpx

WEBHOOKS = "/api/webhooks/"
SECONDS_MAX = 20
#: What belongs to one connection, and what httpx writes itself.
_NOT_FORWARDED = {"connection", "content-length", "host", "keep-alive", "transfer-encoding"}
_NOT_RETURNED = {"connection", "content-encoding", "content-length", "date", "server",
                 "transfer-encoding"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Delivery:
    """What the shop delivered."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> str:
        """The event's name, e.g. order_paid."""
        return self.headers["saleor-event"]


class Postman:
    """Passes every request on to the app; what happens to webhooks can be changed."""

    def __init__(self, app_url: str) -> None:
        #: Every webhook the shop sent, whatever became of it.
        self.delivered: list[Delivery] = []
        #: Keep webhooks: the shop believes that we have them.
        self.is_keeping = False
        #: Refuse webhooks for good: Saleor does not repeat what was answered with a 4xx.
        self.is_refusing = False
        self._app = httpx.Client(base_url=app_url, timeout=SECONDS_MAX)
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_port}"

    @contextmanager
    def working(self) -> Iterator["Postman"]:
        """Work until the end of the block."""
        thread = Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield self
        finally:
            self._http.shutdown()
            thread.join()
            self._http.server_close()
            self._app.close()

    def deliver(self, delivery: Delivery, **other_headers: str) -> int:
        """Deliver once more; return the status of the answer."""
        headers = delivery.headers | {
            name.replace("_", "-"): value for name, value in other_headers.items()
        }
        return self._app.post(delivery.path, content=delivery.body, headers=headers).status_code

    def _take(self, method: str, path: str, headers: dict[str, str], body: bytes) -> httpx.Response:
        if path.startswith(WEBHOOKS):
            self.delivered.append(Delivery(path, headers, body))
            if self.is_refusing:
                return httpx.Response(404)
            if self.is_keeping:
                return httpx.Response(200)
        try:
            return self._app.request(method, path, headers=headers, content=body)
        except httpx.TransportError:
            return httpx.Response(503)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        postman = self

        class Handler(BaseHTTPRequestHandler):
            def _pass_on(self) -> None:
                headers = {
                    name.lower(): value
                    for name, value in self.headers.items()
                    if name.lower() not in _NOT_FORWARDED
                }
                body = self.rfile.read(int(self.headers["Content-Length"] or 0))
                answer = postman._take(self.command, self.path, headers, body)
                self.send_response(answer.status_code)
                for name, value in answer.headers.items():
                    if name not in _NOT_RETURNED:
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.content)))
                self.end_headers()
                self.wfile.write(answer.content)

            do_GET = do_POST = do_OPTIONS = _pass_on  # noqa: N815 (so http.server calls them)

            def log_message(self, *_arguments: object) -> None:
                pass

        return Handler
