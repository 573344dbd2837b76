"""A small mail server on this machine, for tests that must really hand over e-mails."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread

#: From a command (such as RCPT) and what follows it to a reply; None: hang up without one.
Reply = Callable[[str, str], str | None]

_OK = "250 OK"


def willing(command: str, _rest: str) -> str | None:
    """Take everything."""
    return {"DATA": "354 go on", "QUIT": "221 bye"}.get(command, _OK)


class PostOffice(ThreadingTCPServer):
    """Speaks as much SMTP as it takes to deliver, and keeps what it was handed."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        self.reply: Reply = willing
        self.received: list[EmailMessage] = []
        #: What is said of a letter that was read to its end.
        self.after_data: Callable[[], str | None] = lambda: _OK
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.port: int = self.server_address[1]

    @contextmanager
    def open(self) -> Iterator["PostOffice"]:
        thread = Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield self
        finally:
            self.shutdown()
            thread.join()
            self.server_close()


class _Conversation(StreamRequestHandler):
    timeout = 5
    server: PostOffice

    def handle(self) -> None:
        self._say("220 here")
        while line := self.rfile.readline().decode().strip():
            command, _, rest = line.partition(" ")
            reply = self.server.reply(command.upper(), rest)
            if reply and reply.startswith("354"):
                self._say(reply)
                reply = self._take()
            if reply is None:
                return
            self._say(reply)
            if command.upper() == "QUIT":
                return

    def _take(self) -> str | None:
        lines = []
        while (line := self.rfile.readline()).strip() != b".":
            lines.append(line)
        letter = message_from_bytes(b"".join(lines), policy=policy.default)
        assert isinstance(letter, EmailMessage)
        self.server.received.append(letter)
        return self.server.after_data()

    def _say(self, reply: str) -> None:
        self.wfile.write(f"{reply}\r\n".encode())
