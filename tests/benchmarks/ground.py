"""Where it is measured: one PostgreSQL, with equal databases for us and for the limit.

The server is yours if DATABASE_URL and CELERY_BROKER_URL are set, else an embedded one in a folder
of its own. The two databases are made anew each time, and dropped when everything is measured.
"""

import os
import tempfile
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import django
import psycopg
from cryptography.fernet import Fernet
from django.conf import settings
from django.db import connections
from psycopg import sql
from psycopg.conninfo import make_conninfo
from signing import SigningKey

from saleor_loyalty.embedded import ensure_running
from saleor_loyalty.keys import member_key, new_key

API_URL = "https://bench.example/graphql/"
APP_ID = "QXBwOjE="
MEMBERS = 20_000
POINTS = 1_000_000_000
OURS, LIMIT = "saleor_loyalty_bench", "saleor_loyalty_bench_limit"
_SEED_BATCH = 500


@dataclass(frozen=True)
class Ground:
    """A shop with MEMBERS members who own two lots each, in both databases."""

    installation_id: UUID
    key: SigningKey
    limit_database: str
    server: str
    # That expire at the same time.
    lots: int

    def member(self, number: int) -> UUID:
        """Return the key of a member, numbered from 0."""
        return member_key(self.installation_id, user_id(number))


def user_id(number: int) -> str:
    """Return what Saleor calls the customer, numbered from 0."""
    return b64encode(f"User:{number}".encode()).decode()


@contextmanager
def prepared(*, lots: int) -> Iterator[Ground]:
    """Set Django up on a seeded database; yield where everything is; drop the databases."""
    admin = _servers()
    counters = tempfile.TemporaryDirectory()
    _replace(admin, OURS)
    os.environ |= {
        "DATABASE_URL": make_conninfo(admin, dbname=OURS),
        "DJANGO_SETTINGS_MODULE": "saleor_loyalty.settings",
        "PROMETHEUS_MULTIPROC_DIR": counters.name,
    }
    os.environ.setdefault("ENCRYPTION_KEYS", Fernet.generate_key().decode())
    django.setup()
    key = SigningKey()
    installation_id = _seed(key)
    _replace(admin, LIMIT, template=OURS)
    limit = make_conninfo(admin, dbname=LIMIT)
    _prepare_limit(limit, installation_id)
    try:
        yield Ground(installation_id, key, limit, _version(admin), lots)
    finally:
        _close()
        counters.cleanup()
        for name in (OURS, LIMIT):
            _run(admin, "DROP DATABASE IF EXISTS {}", name)


def _servers() -> str:
    if not os.environ.get("DATABASE_URL"):
        folder = Path(tempfile.gettempdir()) / f"saleor-loyalty-bench-{os.getuid()}"
        servers = ensure_running(folder)
        os.environ["CELERY_BROKER_URL"] = servers.broker_url
        return servers.database_url
    return os.environ["DATABASE_URL"]


def _version(admin: str) -> str:
    with psycopg.connect(admin) as connection:
        return f"PostgreSQL {connection.info.server_version // 10_000}"


def _replace(admin: str, name: str, template: str = "template1") -> None:
    _close()
    _run(admin, "DROP DATABASE IF EXISTS {}", name)
    _run(admin, "CREATE DATABASE {} TEMPLATE {}", name, template)


def _run(admin: str, statement: str, *names: str) -> None:
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def _close() -> None:
    if settings.configured:
        connections.close_all()


def _seed(key: SigningKey) -> UUID:
    from django.core.management import call_command
    from django.db import connection, transaction
    from factories import make_shop

    from saleor_loyalty.ledger import operations as ledger
    from saleor_loyalty.ledger.book import Life
    from saleor_loyalty.members.operations import enrol

    call_command("migrate", interactive=False, verbosity=0)
    shop = make_shop(api_url=API_URL, app_id=APP_ID, jwks=key.jwks)
    at = datetime.now(UTC)
    lives = [Life(at, at + timedelta(days=days)) for days in (365, 730)]
    for start in range(0, MEMBERS, _SEED_BATCH):
        users = [user_id(number) for number in range(start, start + _SEED_BATCH)]
        with transaction.atomic():
            keys = enrol(installation_id=shop.pk, saleor_user_ids=users, at=at)
            changes = [
                ledger.OrderChange(
                    member_id, new_key(), f"seed:{part}", {"code": "ORDER", "order": "1"}, at,
                    [ledger.Part(POINTS, life)],
                )
                for member_id in keys.values() for part, life in enumerate(lives)
            ]  # fmt: skip
            ledger.converge_orders(changes=changes, at=at)
    forget_orders()
    connection.cursor().execute("VACUUM ANALYZE")
    installation_id: UUID = shop.pk
    return installation_id


def forget_orders() -> None:
    """Let lots of orders that nobody told us of be of none, so that the proof misses no order."""
    from django.db import connection

    connection.cursor().execute(
        "UPDATE loyalty_lot AS lot SET order_id = NULL WHERE NOT EXISTS"
        " (SELECT FROM loyalty_order WHERE id = lot.order_id)"
    )


def _prepare_limit(database: str, installation_id: UUID) -> None:
    """Number the members, because pgbench can only count."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute((Path(__file__).parent / "limits" / "prepare.sql").read_text())
        with connection.cursor().copy("COPY bench_number FROM STDIN") as copy:
            for number in range(MEMBERS):
                copy.write_row((number, member_key(installation_id, user_id(number))))
        connection.execute("SELECT bench_number_members()")
