"""`make demo`, as a newcomer sees it."""

import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from loyalty_processes import COMMAND, SECONDS_MAX, environment, free_port, wait_until_nothing_uses

from saleor_loyalty.demo.surroundings import ROOT_DATA_DIR


@pytest.fixture
def demo() -> Iterator[list[str]]:
    """The command, with ports and a folder that nothing else uses."""
    with tempfile.TemporaryDirectory(dir="/tmp", ignore_cleanup_errors=True) as folder:
        ports = ["--port", str(free_port()), "--shop-port", str(free_port())]
        yield [*COMMAND, "demo", *ports, "--data-dir", folder]
        wait_until_nothing_uses(Path(folder))


def start(command: list[str]) -> "subprocess.Popen[str]":
    """Start it as a script would in the background: SIGINT is ignored, and there is no terminal."""
    return subprocess.Popen(
        ["sh", "-c", """trap '' INT; exec "$@\"""", "sh", *command],
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_tells_how_an_order_becomes_points_and_a_refund_takes_some_back(demo: list[str]) -> None:
    finished = subprocess.run(
        [*demo, "--once"], capture_output=True, env=environment(), text=True, timeout=SECONDS_MAX
    )

    assert (finished.returncode, finished.stderr) == (0, "")
    story = [line.strip() for line in finished.stdout.splitlines()]
    assert [line for line in story if line[:2] in {"1.", "2.", "3.", "4."}] == [
        "1. The shop's staff install the app.",
        "2. Alice buys 2 x Coffee Beans, 1 x Olive Oil.",
        "3. Bob buys 1 x Tote Bag, 4 x Apple Juice.",
        "4. The shop gives Alice a quarter of the money back.",
    ]
    # Alice: 43.00 of goods; Bob: 37.00; then three quarters of Alice's, rounded down.
    assert [line for line in story if "available" in line] == [
        "43 points available, 0 pending.",
        "37 points available, 0 pending.",
        "32 points available, 0 pending.",
    ]
    assert "The latest entry: -11, “Refund of order 1”." in story
    # And why.
    assert "Order 1 is paid: USD 48.00, with USD 5.00 for shipping." in story
    assert "Each USD 1.00 of goods earns a point, and shipping earns nothing." in story
    assert "USD 32.25 of goods stay paid; points are rounded down." in story


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_goes_on_until_it_is_stopped_and_leaves_nothing_behind(
    demo: list[str], number: signal.Signals
) -> None:
    running = start(demo)
    assert running.stdout
    shown = ""
    while "#token=" not in shown:
        line = running.stdout.readline()
        assert line, shown
        shown += line
    running.send_signal(number)
    running.stdout.close()

    assert f"until process {running.pid} is sent SIGTERM." in shown
    assert "Ctrl-C" not in shown
    assert "alice@example.com and bob@example.com, password password," in shown
    assert "/graphql/?saleorApiUrl=http%3A%2F%2F127.0.0.1%3A" in shown.splitlines()[-1]
    assert running.wait(SECONDS_MAX) == (-9 if number is signal.SIGKILL else 0)


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        (["--port", "0"], "argument --port: write a whole number from 1 to 65535"),
        (["--port", "9", "--shop-port", "9"], "--port and --shop-port must differ"),
    ],
)
def test_refuses_ports_that_are_nonsense(demo: list[str], words: list[str], advice: str) -> None:
    finished = subprocess.run(
        [*demo, "--once", *words],
        capture_output=True,
        env=environment(),
        text=True,
        timeout=SECONDS_MAX,
    )

    assert finished.returncode == 2
    assert finished.stderr.splitlines()[-1] == f"saleor-loyalty demo: error: {advice}"


def test_make_clean_removes_its_data_also_where_root_keeps_it() -> None:
    root = Path(__file__).parents[2]
    planned = subprocess.run(
        ["make", "--dry-run", "clean"], cwd=root, capture_output=True, check=True, text=True
    ).stdout

    assert f"rm -rf {ROOT_DATA_DIR};" in planned
    assert " .data " in planned


@pytest.mark.parametrize("option", ["--port", "--shop-port"])
def test_says_so_when_a_port_is_taken(demo: list[str], option: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        finished = subprocess.run(
            [*demo, option, str(port)],
            capture_output=True,
            env=environment(),
            text=True,
            timeout=SECONDS_MAX,
        )

    assert finished.returncode == 1
    assert finished.stderr == (
        f"saleor-loyalty: Cannot listen on 127.0.0.1 port {port}: address already in use."
        f" Choose another port with {option}.\n"
    )
