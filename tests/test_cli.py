"""The command line, as an operator meets it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from pkgutil import iter_modules

import httpx
import psycopg
import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from factories import make_installation
from loyalty_processes import COMMAND, SECONDS_MAX, environment, free_port, wait_until_nothing_uses
from psycopg.conninfo import make_conninfo
from pytest_django import Settings

from saleor_loyalty import cli, defaults, management


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A new folder that root's servers can reach as well."""
    with tempfile.TemporaryDirectory(dir="/tmp", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture
def empty_database() -> Iterator[str]:
    """The address of a database without tables."""
    name = f"empty_{os.getpid()}"
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        yield make_conninfo(os.environ["DATABASE_URL"], dbname=name)
        server.execute(f"DROP DATABASE {name}")


def run(*words: str, **given: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *words],
        capture_output=True,
        env=environment(**given),
        text=True,
        timeout=SECONDS_MAX,
    )


def one_line(finished: subprocess.CompletedProcess[str]) -> str:
    """Return the one line that a command has said before it gave up."""
    assert finished.returncode == 1
    lines = finished.stderr.splitlines()
    assert len(lines) == 1, finished.stderr
    return lines[0]


class TestHelp:
    @pytest.mark.parametrize("words", [[], ["--help"], ["-h"], ["help"]])
    def test_names_every_command(
        self, words: list[str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert cli.main(words) == 0

        shown = {
            line.split()[0] for line in capsys.readouterr().out.splitlines() if line[:2] == "  "
        }
        ours = {each.name for each in iter_modules([f"{management.__path__[0]}/commands"])}
        assert ours | {"demo", "serve", "worker", "beat", "generate_key", "migrate"} == shown

    def test_tells_the_version(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert cli.main(["--version"]) == 0

        assert capsys.readouterr().out == f"{version('saleor-loyalty')}\n"


def test_generate_key_makes_a_new_key_without_any_setting() -> None:
    first, second = run("generate_key").stdout.strip(), run("generate_key").stdout.strip()

    assert first != second
    assert Fernet(first)


class TestTrouble:
    def test_only_one_server_is_given(self) -> None:
        assert one_line(run("migrate", DATABASE_URL="postgresql://db/x")) == (
            "saleor-loyalty: CELERY_BROKER_URL is not set. Set both DATABASE_URL and"
            " CELERY_BROKER_URL to use servers of your own, or neither to use the embedded ones."
        )

    def test_there_is_no_key(self) -> None:
        finished = run("migrate", DATABASE_URL="dbname=x", CELERY_BROKER_URL="memory://")

        assert one_line(finished).startswith("saleor-loyalty: ENCRYPTION_KEYS is not set.")

    def test_the_database_does_not_answer(self) -> None:
        finished = run(
            "migrate",
            DATABASE_URL="postgresql://loyalty:hidden@127.0.0.1:1/x",
            CELERY_BROKER_URL="memory://",
            ENCRYPTION_KEYS=Fernet.generate_key().decode(),
        )

        assert one_line(finished).startswith("saleor-loyalty: Trouble with the database: ")
        assert "hidden" not in finished.stderr

    @pytest.mark.parametrize(
        "words", [["reconcile"], ["replay_inbox", "--list"], ["programme", "--shop", "x"]]
    )
    def test_the_database_has_no_tables(self, words: list[str], empty_database: str) -> None:
        finished = run(
            *words,
            DATABASE_URL=empty_database,
            CELERY_BROKER_URL="memory://",
            ENCRYPTION_KEYS=Fernet.generate_key().decode(),
        )

        assert one_line(finished) == (
            "saleor-loyalty: The database has no tables yet, or older ones:"
            " run saleor-loyalty migrate"
        )

    def test_the_data_folder_belongs_to_something_else(self, data_dir: Path) -> None:
        (data_dir / "holiday.jpg").touch()

        finished = run("migrate", SALEOR_LOYALTY_DATA_DIR=str(data_dir))

        assert "holds files of others" in one_line(finished)

    def test_the_disk_is_full(
        self,
        data_dir: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        monkeypatch.setattr(defaults, "DISK_MB_MIN", 10**9)
        monkeypatch.setenv("SALEOR_LOYALTY_DATA_DIR", str(data_dir / "new"))
        for name in defaults.SERVERS:
            monkeypatch.delenv(name, raising=False)

        assert cli.main(["migrate"]) == 1

        assert " MB left; PostgreSQL needs 1000000000 MB. Make room, " in capsys.readouterr().err
        assert not (data_dir / "new").exists()

    def test_the_port_is_taken(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            finished = run("serve", "--port", str(port))

        assert one_line(finished) == (
            f"saleor-loyalty: Cannot listen on 127.0.0.1 port {port}: address already in use."
            " Choose another port with --port."
        )

    def test_there_is_no_such_command(self, data_dir: Path) -> None:
        finished = run("migrat", SALEOR_LOYALTY_DATA_DIR=str(data_dir / "new"))

        assert one_line(finished) == (
            "saleor-loyalty: There is no command migrat. The list: saleor-loyalty --help"
        )
        assert not (data_dir / "new").exists()


@pytest.mark.parametrize(
    ("name", "value", "advice"),
    [
        ("DATABASE_URL", "hidden", "write an address such as postgresql://"),
        ("DATABASE_URL", "postgresql://a:hidden@[::1/x", "write an address such as postgresql://"),
        ("CELERY_BROKER_URL", "hidden", "write an address such as redis://localhost:6379/0"),
        ("METRICS_TOKEN_FILE", "/no/such/file", "cannot be read: No such file or directory."),
        ("METRICS_TOKEN_FILE", sys.executable, "this is not a text in UTF-8."),
        ("APP_URL", "https://", "write an http:// or https:// address."),
        ("APP_URL", "https://[loyalty", "write an http:// or https:// address."),
        ("ALLOWED_SALEOR_URLS", "shop.example", "look like https://shop.example.com/graphql/"),
        ("ALLOWED_SALEOR_URLS", "https://shop.example/graphql", "https://shop.example.com/graph"),
        ("DASHBOARD_ORIGINS", "https://a.example/dashboard/", "https://dashboard.example.com"),
        ("DASHBOARD_ORIGINS", "'none'", "https://dashboard.example.com"),
    ],
)
def test_a_setting_that_is_nonsense_is_refused_in_one_line(
    name: str, value: str, advice: str
) -> None:
    good = {
        "DATABASE_URL": "postgresql://127.0.0.1:1/x",
        "CELERY_BROKER_URL": "memory://",
        "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
    }

    finished = run("migrate", **{**good, name: value})

    assert one_line(finished).startswith(f"saleor-loyalty: {name}")
    assert advice in finished.stderr
    assert "hidden" not in finished.stderr


def test_lists_may_have_commas_spaces_and_patterns() -> None:
    finished = run(
        "check",
        DATABASE_URL="postgresql://127.0.0.1:1/x",
        CELERY_BROKER_URL="redis+socket:///run/valkey",
        ENCRYPTION_KEYS=Fernet.generate_key().decode(),
        ALLOWED_SALEOR_URLS="https://*.example.com/graphql/, http://localhost:*/graphql/,",
        DASHBOARD_ORIGINS="https://a.example http://[::1]:9000",
    )

    assert (finished.returncode, finished.stderr) == (0, "")


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        (["--port", "99999"], "--port: write a whole number from 1 to 65535"),
        (["--port", "0"], "--port: write a whole number from 1 to 65535"),
        (["--workers", "0"], "--workers: write a whole number from 1 to 256"),
        (["--threads", "many"], "--threads: write a whole number from 1 to 256"),
        (["--host", "nonsense"], "--host: write an IP address, such as 127.0.0.1"),
    ],
)
def test_serve_refuses_options_that_are_nonsense(words: list[str], advice: str) -> None:
    finished = run("serve", *words, DATABASE_URL="one server is not enough")

    assert finished.returncode == 2
    assert finished.stderr.splitlines()[-1] == f"saleor-loyalty serve: error: argument {advice}"


@pytest.mark.parametrize(
    "words",
    [
        ["doctor", "--help"],
        ["help", "doctor"],
        ["migrate", "-h"],
        ["generate_key", "--help"],
        ["serve", "--help"],
        ["worker", "--help"],
        ["beat", "-h"],
    ],
)
def test_options_are_shown_without_starting_anything(words: list[str], data_dir: Path) -> None:
    finished = run(*words, SALEOR_LOYALTY_DATA_DIR=str(data_dir / "new"))

    assert (finished.returncode, finished.stderr) == (0, "")
    assert finished.stdout.lower().startswith("usage: ")
    assert not (data_dir / "new").exists()


class TestEmbedded:
    def test_a_key_is_made_once_and_kept_for_this_user_alone(self, data_dir: Path) -> None:
        first = run("migrate", SALEOR_LOYALTY_DATA_DIR=str(data_dir))
        key = (data_dir / "encryption.key").read_text()
        second = run("migrate", SALEOR_LOYALTY_DATA_DIR=str(data_dir))

        assert (first.returncode, second.returncode) == (0, 0)
        assert Fernet(key)
        assert (data_dir / "encryption.key").read_text() == key
        assert (data_dir / "encryption.key").stat().st_mode & 0o777 == 0o600
        assert "No migrations to apply" in second.stdout

    def test_a_command_finds_its_tables_in_a_new_database(self, data_dir: Path) -> None:
        finished = run("reconcile", SALEOR_LOYALTY_DATA_DIR=str(data_dir))

        assert (finished.returncode, finished.stderr) == (0, "")
        assert finished.stdout == "OK  every lot and every order is what its movements say\n"

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
    def test_serve_migrates_answers_and_takes_everything_with_it(
        self, data_dir: Path, number: signal.Signals
    ) -> None:
        port = free_port()
        web = subprocess.Popen(
            [*COMMAND, "serve", "--port", str(port), "--workers", "2"],
            env=environment(SALEOR_LOYALTY_DATA_DIR=str(data_dir)),
            stderr=subprocess.DEVNULL,
        )
        try:
            answer = until_answered(f"http://127.0.0.1:{port}/health/ready")
        finally:
            web.send_signal(number)
            web.wait(SECONDS_MAX)

        assert answer.json() == {"status": "ok", "database": "ok", "broker": "ok"}
        wait_until_nothing_uses(data_dir)


def until_answered(url: str) -> httpx.Response:
    deadline = time.monotonic() + SECONDS_MAX
    while True:
        try:
            return httpx.get(url)
        except httpx.TransportError:
            assert time.monotonic() < deadline
            time.sleep(0.05)


@pytest.mark.django_db
class TestRotateKeys:
    def test_tells_how_many_tokens_it_encrypted_anew(
        self, settings: Settings, capsys: pytest.CaptureFixture[str]
    ) -> None:
        make_installation()
        settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode(), *settings.ENCRYPTION_KEYS]

        call_command("rotate_keys")

        assert capsys.readouterr().out == "1 tokens are encrypted with the first key\n"

    def test_asks_for_the_key_that_is_missing(self, settings: Settings) -> None:
        make_installation()
        settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]

        with pytest.raises(CommandError, match="add the key it was encrypted with"):
            call_command("rotate_keys")


@pytest.mark.django_db
def test_a_programme_that_is_not_utf_8_is_not_published(tmp_path: Path) -> None:
    shop = make_installation()
    file = tmp_path / "programme.json"
    file.write_bytes('{"name": "Fidélité"}'.encode("latin-1"))

    with pytest.raises(CommandError, match=r"The programme was not published:\n.*unicode"):
        call_command("programme", shop=shop.api_url, publish=str(file))


class TestShareMetrics:
    def test_drops_the_counters_of_processes_that_have_gone(self, tmp_path: Path) -> None:
        gone = subprocess.Popen([sys.executable, "-c", ""])
        gone.wait()
        for pid in (gone.pid, os.getpid()):
            (tmp_path / f"counter_{pid}.db").touch()
            (tmp_path / f"gauge_mostrecent_{pid}.db").touch()

        defaults.share_metrics({"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}, None)

        assert sorted(each.name for each in tmp_path.iterdir()) == [
            f"counter_{os.getpid()}.db",
            f"gauge_mostrecent_{os.getpid()}.db",
        ]

    def test_gives_each_database_a_folder_of_its_own(self) -> None:
        one, same, other = ({"DATABASE_URL": f"postgresql://db-{name}/x"} for name in "aab")
        for environ in (one, same, other):
            defaults.share_metrics(environ, None)

        folders = [Path(each["PROMETHEUS_MULTIPROC_DIR"]) for each in (one, same, other)]
        modes = [folder.stat().st_mode & 0o777 for folder in folders]
        for folder in set(folders):
            shutil.rmtree(folder)

        assert folders[0] == folders[1] != folders[2]
        assert modes == [0o700] * 3

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
    def test_refuses_a_folder_of_somebody_else(self, tmp_path: Path) -> None:
        os.chown(tmp_path, 65534, 65534)

        with pytest.raises(ImproperlyConfigured, match="name a folder of this user"):
            defaults.share_metrics({"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}, None)
