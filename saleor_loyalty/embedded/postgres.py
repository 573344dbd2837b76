"""PostgreSQL, reachable by its socket only, and only for the user of the data folder."""

import os
import pwd
import shutil
import signal
from pathlib import Path
from urllib.parse import quote

import psycopg

from saleor_loyalty.embedded import binaries
from saleor_loyalty.embedded.failures import EmbeddedServerFailed
from saleor_loyalty.embedded.processes import Server

PORT = 5432  # only a part of the socket's name: no port is opened
ROLE = "loyalty"
DATABASE = "loyalty"
SUPERUSER = "postgres"
CONNECT_SECONDS_MAX = 5


class Postgres(Server):
    """The database server, its cluster, our role and our database."""

    name = "postgres"
    stop_signal = signal.SIGINT  # a "fast" stop: it ends open sessions and writes everything down

    @property
    def url(self) -> str:
        """Where programs reach the database; libpq understands it."""
        return self._url(ROLE, DATABASE)

    def _url(self, role: str, database: str) -> str:
        host = quote(str(self.folder.server_sockets))
        return f"postgresql://{role}@/{database}?host={host}&port={PORT}"

    @property
    def _cluster(self) -> Path:
        return self.folder.path / "postgres"

    def start(self, *, deadline: float) -> None:
        """Start PostgreSQL, with a new cluster and database where there are none yet.

        :raises EmbeddedServersMissing: if PostgreSQL's programs are not installed.
        :raises EmbeddedServerFailed: if it does not answer until `deadline` (monotonic).
        """
        program, version_line = binaries.runnable(binaries.POSTGRES, self.folder)
        with self.alone(deadline=deadline) as lock:
            if not self._cluster.exists():
                self._make_cluster(program.with_name("initdb"), lock, deadline)
            self._refuse_other_version(version_line)
            self._clear_leftovers()
            self.launch([program, *self._options()], lock=lock)
        self.wait_until(self._answers, deadline=deadline)
        try:
            self._make_database()
        except psycopg.Error as error:
            raise self.failed(f"refused our database: {error}") from error

    def _make_cluster(self, initdb: Path, lock: int, deadline: float) -> None:
        # Made under another name first: a cluster cut short must not pass for a whole one.
        unfinished = self._cluster.with_name("postgres.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        self.folder.give(unfinished)
        options: list[str | Path] = [
            "--pgdata",
            unfinished,
            "--username",
            SUPERUSER,
            "--encoding",
            "UTF8",
        ]
        options += ["--locale", "C", "--locale-provider", "builtin"]
        options += ["--builtin-locale", "C.UTF-8", "--auth-local", "peer", "--auth-host", "reject"]
        options += ["--no-instructions"]
        self.launch([initdb, *options], lock=lock)
        self.finish(deadline=deadline)
        unfinished.rename(self._cluster)

    def _refuse_other_version(self, version_line: str) -> None:
        ours = version_line.split()[-1].split(".")[0]
        theirs = (self._cluster / "PG_VERSION").read_text().strip()
        if theirs != ours:
            raise EmbeddedServerFailed(
                f"The data in {self._cluster} was made by PostgreSQL {theirs}, and this is "
                f"PostgreSQL {ours}. Dump it with PostgreSQL {theirs} and load the dump into a "
                "new folder, which SALEOR_LOYALTY_DATA_DIR names."
            )

    def _clear_leftovers(self) -> None:
        # After a power cut another process may have got the old number, and PostgreSQL would
        # take it for itself. Our lock proves that none of its processes is left.
        sockets = self.folder.give(self.folder.server_sockets)
        (self._cluster / "postmaster.pid").unlink(missing_ok=True)
        for name in (f".s.PGSQL.{PORT}", f".s.PGSQL.{PORT}.lock"):
            (sockets / name).unlink(missing_ok=True)

    def _options(self) -> list[str]:
        settings = {
            "listen_addresses": "",
            "port": PORT,
            "unix_socket_directories": self.folder.server_sockets,
            "unix_socket_permissions": "0700",
            "hba_file": self.folder.write_for_servers(
                "pg_hba.conf", "local all all peer map=owner\n"
            ),
            "ident_file": self.folder.write_for_servers("pg_ident.conf", _identities()),
            "max_connections": 100,
            "shared_buffers": "128MB",
            "fsync": "on",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "logging_collector": "off",
            "log_destination": "stderr",
        }
        pairs = [f"{name}={value}" for name, value in settings.items()]
        return ["-D", str(self._cluster), *(word for pair in pairs for word in ("-c", pair))]

    def _answers(self) -> bool:
        try:
            self._connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def _connect(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(
            self._url(SUPERUSER, "postgres"), autocommit=True, connect_timeout=CONNECT_SECONDS_MAX
        )

    def _make_database(self) -> None:
        with self._connect() as connection:
            # Not a superuser: what reaches the database through the app cannot reach the machine.
            if not connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [ROLE]).rowcount:
                connection.execute(f"CREATE ROLE {ROLE} LOGIN CREATEDB")
            found = connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE])
            if not found.rowcount:
                connection.execute(f"CREATE DATABASE {DATABASE} OWNER {ROLE}")


def _identities() -> str:
    # The kernel tells PostgreSQL who is at the other end: only the user of the data folder.
    us = pwd.getpwuid(os.geteuid()).pw_name
    return "".join(f'owner "{us}" {role}\n' for role in (SUPERUSER, ROLE))
