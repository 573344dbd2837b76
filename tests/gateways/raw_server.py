"""A Saleor that answers bytes we choose, on a real socket."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

#: Status, headers, and the pieces of the body.
Reply = tuple[int, dict[str, str], list[bytes]]


@dataclass
class Asked:
    """One request that arrived."""

    path: str
    headers: dict[str, str]
    body: bytes
    client_port: int


@dataclass
class RawServer:
    """Gives its replies in turn, the last one for ever."""

    replies: list[Reply]
    asked: list[Asked] = field(default_factory=list)
    # While set, an answer stops after its first piece.
    hold: Event = field(default_factory=Event)
    url: str = ""

    def reply(self) -> Reply:
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


def _handler(server: RawServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            server.asked.append(Asked(self.path, dict(self.headers), body, self.client_address[1]))
            status, headers, pieces = server.reply()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(sum(map(len, pieces))))
            self.end_headers()
            for number, piece in enumerate(pieces):
                if number:
                    server.hold.wait(5)
                self.wfile.write(piece)
                self.wfile.flush()

        do_POST = do_GET  # noqa: N815 (the standard library's name)

        def log_message(self, *_arguments: object) -> None:
            pass

    return Handler


@contextmanager
def serving(*replies: Reply) -> Iterator[RawServer]:
    server = RawServer(list(replies))
    http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(server))
    http.daemon_threads = True
    server.url = f"http://127.0.0.1:{http.server_port}"
    thread = Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.hold.set()
        http.shutdown()
        thread.join()
        http.server_close()


def json_reply(text: str, status: int = 200) -> Reply:
    return status, {"Content-Type": "application/json"}, [text.encode()]
