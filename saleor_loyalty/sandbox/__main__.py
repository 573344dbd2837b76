"""Run a sandbox in the foreground: python -m saleor_loyalty.sandbox."""

import argparse
import signal
import sys
import threading
from types import FrameType

from .sandbox import Options
from .server import LOCALHOST, serve


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="saleor_loyalty.sandbox", description=__doc__)
    parser.add_argument("--host", default=LOCALHOST)
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--public-url", help="the API's address as apps should know it")
    arguments = parser.parse_args()

    stop = threading.Event()

    def ask_to_stop(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, ask_to_stop)
    options = Options(public_url=arguments.public_url)
    with serve(arguments.host, arguments.port, options=options) as running:
        sys.stdout.write(f"Sandbox at {running.api_url}\n")
        sys.stdout.flush()
        stop.wait()


if __name__ == "__main__":
    main()
