"""What the demo runs on: free ports, embedded servers, an empty database, settings."""

import os
from collections.abc import MutableMapping
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from saleor_loyalty import defaults
from saleor_loyalty.demo import DemoFailed

DATABASE = "loyalty_demo"
ROOT_DATA_DIR = Path("/var/lib/saleor-loyalty-demo")


def data_dir_default() -> Path:
    """Return the demo's folder: here, or for root, whose servers run as another user, elsewhere."""
    return ROOT_DATA_DIR if os.geteuid() == 0 else Path(".data/demo")


def prepare(environ: MutableMapping[str, str], data_dir: Path, *, app_url: str, shop: str) -> None:
    """Start the servers, empty the demo's database, and write the settings to `environ`.

    :raises EmbeddedError: if the servers cannot run.
    :raises DemoFailed: if another demo uses the folder.
    """
    for name in ("DATABASE_URL", "CELERY_BROKER_URL", "ENCRYPTION_KEYS"):
        environ.pop(f"{name}_FILE", None)
        environ.pop(name, None)
    defaults.start_embedded(environ, data_dir)
    _empty_database(environ["DATABASE_URL"])
    environ.update(
        DATABASE_URL=make_conninfo(environ["DATABASE_URL"], dbname=DATABASE),
        DJANGO_SETTINGS_MODULE="saleor_loyalty.settings",
        PROMETHEUS_MULTIPROC_DIR=str(data_dir / "metrics"),
        APP_URL=app_url,
        ALLOWED_HOSTS="*",
        ALLOWED_SALEOR_URLS=shop,
        ALLOW_PRIVATE_ADDRESSES="true",
        METRICS_TOKEN="",
        LOG_FORM="text",
    )


def _empty_database(url: str) -> None:
    # Every demo starts with an empty ledger, because the sandbox forgets its orders too.
    with psycopg.connect(url, autocommit=True) as connection:
        try:
            connection.execute(f"DROP DATABASE IF EXISTS {DATABASE}")
        except psycopg.errors.ObjectInUse as error:
            raise DemoFailed(
                "Another demo runs in the same data folder. Stop it, or choose another: --data-dir."
            ) from error
        connection.execute(f"CREATE DATABASE {DATABASE}")
