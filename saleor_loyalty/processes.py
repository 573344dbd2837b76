"""The three programs of a deployment: web, worker and beat."""

import argparse
import errno
import gc
import ipaddress
import os
import re
import signal
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import django

from saleor_loyalty import defaults

ORPHAN_POLL_SECONDS = 1
STOP_SECONDS_MAX = 20
# A thread that waits for Saleor must not be the last one that webhooks could have.
THREADS = 8
WORKERS_MAX = 4
PROCESSES_MAX = 256  # of what can be asked for


class PortTaken(Exception):
    """We cannot listen where we were asked to; the message says why."""


def require_free(host: str, port: int, *, option: str = "--port") -> None:
    """Make sure that a server can listen on `port`.

    :raises PortTaken: if not.
    """
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        is_foreign = error.errno == errno.EADDRNOTAVAIL
        advice = (
            "Name an address of this machine"
            if is_foreign
            else f"Choose another port with {option}"
        )
        raise PortTaken(
            f"Cannot listen on {host} port {port}: {os.strerror(error.errno or 0).lower()}."
            f" {advice}."
        ) from error


def whole(least: int, most: int) -> Callable[[str], int]:
    """Return a reader of options that are whole numbers from `least` to `most`."""

    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text) or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"write a whole number from {least} to {most}")
        return int(text)

    return read


PORT = whole(1, 65_535)


def _ip_address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError("write an IP address, such as 127.0.0.1") from error


def asks_for_help(words: Sequence[str]) -> bool:
    """Tell whether somebody only wants to know the options of a command."""
    return not {"-h", "--help"}.isdisjoint(words)


def end_with_parent(parent: int) -> None:
    """End this process cleanly soon after its parent has gone, in whatever way it went.

    :param parent: its process id, known before the fork: it may be gone already.
    """

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(ORPHAN_POLL_SECONDS)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="end-with-parent", daemon=True).start()


def serve(words: Sequence[str]) -> None:
    """Answer HTTP requests until interrupted.

    :raises PortTaken: if the port is in use.
    """
    parser = argparse.ArgumentParser(
        prog="saleor-loyalty serve", description="Answer HTTP requests."
    )
    parser.add_argument(
        "--host", type=_ip_address, default="127.0.0.1", help="0.0.0.0 for all interfaces"
    )
    parser.add_argument("--port", type=PORT, default=8000)
    workers = min(os.cpu_count() or 1, WORKERS_MAX)
    processes = whole(1, PROCESSES_MAX)
    parser.add_argument("--workers", type=processes, default=workers, help="processes")
    parser.add_argument("--threads", type=processes, default=THREADS, help="of each process")
    options = parser.parse_args(words)
    require_free(options.host, options.port)
    _set_up()

    from django.conf import settings
    from granian import Granian
    from granian.constants import Interfaces

    Granian(
        "saleor_loyalty.wsgi:application",
        address=options.host,
        port=options.port,
        interface=Interfaces.WSGI,
        workers=options.workers,
        blocking_threads=options.threads,
        log_dictconfig=settings.LOGGING,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS_MAX,
        websockets=False,
    ).serve(target_loader=partial(_application, os.getpid()), wrap_loader=False)


def _application(parent: int) -> Callable[..., Any]:
    end_with_parent(parent)

    from saleor_loyalty.wsgi import application

    spare_start_up()
    return application


def spare_start_up() -> None:
    """Take all that start-up made out of garbage collection: none of it ever becomes garbage."""
    gc.collect()
    gc.freeze()


def worker(words: Sequence[str]) -> None:
    """Process what waits until interrupted. `words` are Celery's own options."""
    if asks_for_help(words):
        return _celery_help("worker")
    _set_up()

    from celery.signals import worker_process_init
    from django.conf import settings

    from saleor_loyalty.observability import metrics

    parent = os.getpid()

    def prepare_child(**_signal: object) -> None:
        end_with_parent(parent)
        spare_start_up()

    worker_process_init.connect(prepare_child)
    if port := settings.WORKER_METRICS_PORT:
        require_free("0.0.0.0", port, option="WORKER_METRICS_PORT")  # noqa: S104 (as asked)
        metrics.serve(port)
    return _celery(["--quiet", "worker", "--without-gossip", "--without-mingle", *words])


def beat(words: Sequence[str]) -> None:
    """Wake the worker at set times until interrupted. `words` are Celery's own options."""
    if asks_for_help(words):
        return _celery_help("beat")
    _set_up()
    return _celery(["--quiet", "beat", "--pidfile=", *words])


def _set_up() -> None:
    data_dir = defaults.prepare(os.environ)
    defaults.share_metrics(os.environ, data_dir)
    django.setup()
    if data_dir:
        defaults.migrate(data_dir)


def _celery_help(name: str) -> None:
    defaults.pretend(os.environ)
    _celery([name, "--help"])


def _celery(words: list[str]) -> None:
    from saleor_loyalty.celery import app

    app.start(argv=words)


@dataclass(frozen=True, slots=True)
class Program:
    """What to run, and what it is for."""

    run: Callable[[Sequence[str]], None]
    purpose: str


PROGRAMS = {
    "serve": Program(serve, "answer HTTP: Saleor's webhooks, GraphQL, Dashboard pages"),
    "worker": Program(worker, "process what waits (takes Celery's worker options)"),
    "beat": Program(beat, "wake the worker at set times; run one of these"),
}
