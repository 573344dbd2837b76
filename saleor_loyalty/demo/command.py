"""The command `saleor-loyalty demo`."""

import argparse
import os
import select
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType
from urllib.parse import quote

import httpx

from saleor_loyalty import defaults
from saleor_loyalty.demo import DemoFailed, surroundings
from saleor_loyalty.demo.programs import Programs
from saleor_loyalty.demo.shop import Shop
from saleor_loyalty.demo.story import Story
from saleor_loyalty.processes import PORT, require_free
from saleor_loyalty.sandbox.seed import CUSTOMER_PASSWORD, STAFF_EMAIL, STAFF_PASSWORD
from saleor_loyalty.sandbox.server import serve

HOST = "127.0.0.1"
READY_SECONDS_MAX = 30.0
POLL_SECONDS = 0.1
WATCH_SECONDS = 1.0

HEAD = """\
Starting PostgreSQL, Valkey, a sandbox shop, and saleor-loyalty (web, worker, beat) …
"""
FOOT = """\
Look around; this goes on until {end}.

  {app}/api/manifest   what a shop installs
  {app}/about          what its staff read about the app
  {app}/metrics        figures for Prometheus
  {shop}       the sandbox shop: tokenCreate gives tokens to
                                       alice@example.com and bob@example.com, password {customer},
                                       and to its staff, {staff}
  {logs}       what the programs say

Our GraphQL API, with Alice's token and a query to run:
"""
AGAIN = "A token lasts five minutes; press Enter for a new one."


def run(words: Sequence[str]) -> None:
    """Show everything at work.

    :raises DemoFailed: if something does not happen as it should.
    :raises PortTaken: if a port is in use.
    :raises EmbeddedError: if the servers cannot run.
    """
    options = _options(words)
    app_url = f"http://{HOST}:{options.port}"
    shop_url = f"http://{HOST}:{options.shop_port}/graphql/"
    data_dir = options.data_dir.expanduser().absolute()
    require_free(HOST, options.port, option="--port")
    require_free(HOST, options.shop_port, option="--shop-port")
    for number in (signal.SIGINT, signal.SIGTERM):
        # SIGINT as well: a script's background programs start with it ignored.
        signal.signal(number, _leave)
    print(HEAD, flush=True)
    surroundings.prepare(os.environ, data_dir, app_url=app_url, shop=shop_url)
    defaults.share_metrics(os.environ, data_dir)
    _migrate(data_dir)
    with (
        serve(HOST, options.shop_port),
        Programs(os.environ, data_dir / "logs") as programs,
        httpx.Client() as client,
    ):
        story = Story(Shop(shop_url, client), app_url, programs, client)
        programs.start("serve", "--port", str(options.port), "--workers", "1")
        programs.start("worker", "--concurrency", "1")
        programs.start("beat")
        _wait_until_ready(f"{app_url}/health/ready", client, programs)
        story.tell()
        if not options.once:
            with suppress(KeyboardInterrupt):
                _stay(story, data_dir / "logs")
            print("\nStopping …", flush=True)


def _options(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="saleor-loyalty demo", description="Show everything with a sandbox shop."
    )
    parser.add_argument("--port", type=PORT, default=8000, help="of saleor-loyalty")
    parser.add_argument("--shop-port", type=PORT, default=8010, help="of the sandbox shop")
    parser.add_argument("--data-dir", type=Path, default=surroundings.data_dir_default())
    parser.add_argument("--once", action="store_true", help="stop after the story")
    options = parser.parse_args(words)
    if options.port == options.shop_port:
        parser.error("--port and --shop-port must differ")
    return options


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _migrate(data_dir: Path) -> None:
    import django

    django.setup()
    defaults.migrate(data_dir)


def _wait_until_ready(url: str, client: httpx.Client, programs: Programs) -> None:
    deadline = time.monotonic() + READY_SECONDS_MAX
    while time.monotonic() < deadline:
        programs.check()
        try:
            if client.get(url).is_success:
                return
        except httpx.TransportError:
            pass  # it does not listen yet
        time.sleep(POLL_SECONDS)
    raise DemoFailed(f"{url} was not ready within {READY_SECONDS_MAX:.0f} s.")


def _stay(story: Story, logs: Path) -> None:
    is_watched = sys.stdin.isatty()
    print(_foot(story, logs, is_watched=is_watched))
    print(_address(story), flush=True)
    if is_watched:
        print(AGAIN)
    while True:
        story.programs.check()
        if not is_watched:
            time.sleep(WATCH_SECONDS)
        elif select.select([sys.stdin], [], [], WATCH_SECONDS)[0]:
            is_watched = bool(sys.stdin.readline())
            print(_address(story))


def _foot(story: Story, logs: Path, *, is_watched: bool) -> str:
    return FOOT.format(
        end="you press Ctrl-C" if is_watched else f"process {os.getpid()} is sent SIGTERM",
        app=story.app_url,
        shop=story.shop.api_url,
        customer=CUSTOMER_PASSWORD,
        staff=f"{STAFF_EMAIL}, password {STAFF_PASSWORD}",
        logs=logs,
    )


def _address(story: Story) -> str:
    shop = quote(story.shop.api_url, safe="")
    token = story.shop.log_in("alice@example.com")
    return f"  {story.app_url}/graphql/?saleorApiUrl={shop}#token={token}\n"
