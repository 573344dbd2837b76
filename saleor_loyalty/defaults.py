"""What stands in for settings nobody gave. Used before Django reads its own."""

import hashlib
import os
import shutil
import stat
import tempfile
import time
from collections.abc import MutableMapping
from contextlib import suppress
from pathlib import Path

from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

from saleor_loyalty import embedded
from saleor_loyalty.embedded.locks import locked

SERVERS = ("DATABASE_URL", "CELERY_BROKER_URL")
METRICS = "PROMETHEUS_MULTIPROC_DIR"
DISK_MB_MIN = 300
MIGRATE_SECONDS_MAX = 300

Environ = MutableMapping[str, str]


def prepare(environ: Environ) -> Path | None:
    """Start the embedded servers if none are given, and add their addresses to `environ`.

    Returns the data folder of the embedded servers, or None if the operator has given servers.

    :raises ImproperlyConfigured: if only one of the two servers is given.
    :raises EmbeddedError: if the embedded servers cannot run.
    """
    environ.setdefault("DJANGO_SETTINGS_MODULE", "saleor_loyalty.settings")
    missing = [name for name in SERVERS if not _is_given(environ, name)]
    if not missing:
        return None
    if len(missing) < len(SERVERS):
        raise ImproperlyConfigured(
            f"{missing[0]} is not set. Set both {' and '.join(SERVERS)} to use servers of your own,"
            " or neither to use the embedded ones."
        )
    data_dir = embedded.data_dir_default(environ).expanduser().absolute()
    start_embedded(environ, data_dir)
    return data_dir


def pretend(environ: Environ) -> None:
    """Name servers that nothing will connect to: enough to show the options of a command."""
    for name in (*SERVERS, "ENCRYPTION_KEYS"):
        environ.pop(f"{name}_FILE", None)
    environ["DATABASE_URL"], environ["CELERY_BROKER_URL"] = "dbname=none", "memory://"
    environ["ENCRYPTION_KEYS"] = Fernet.generate_key().decode()
    environ["DJANGO_SETTINGS_MODULE"] = "saleor_loyalty.settings"


def start_embedded(environ: Environ, data_dir: Path) -> None:
    """Start PostgreSQL and Valkey in `data_dir` for as long as this process lives.

    :raises EmbeddedError: if they cannot run.
    """
    _check_space(data_dir)
    servers = embedded.ensure_running(data_dir)
    environ["DATABASE_URL"], environ["CELERY_BROKER_URL"] = servers.database_url, servers.broker_url
    if not _is_given(environ, "ENCRYPTION_KEYS"):
        environ["ENCRYPTION_KEYS"] = _kept_key(data_dir / "encryption.key")


def share_metrics(environ: Environ, data_dir: Path | None) -> None:
    """Name the folder in which the processes of this deployment put their counters together.

    :raises ImproperlyConfigured: if the folder belongs to somebody else.
    """
    if METRICS not in environ:
        # Those who share a database belong together.
        of = f"{environ.get('DATABASE_URL')} {environ.get('DATABASE_URL_FILE')}"
        name = f"saleor-loyalty-{hashlib.sha256(of.encode()).hexdigest()[:12]}-{os.geteuid()}"
        environ[METRICS] = str(
            data_dir / "metrics" if data_dir else Path(tempfile.gettempdir()) / name
        )
    folder = Path(environ[METRICS])
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
        raise ImproperlyConfigured(f"{METRICS}={folder}: name a folder of this user.")

    # Not above: the library reads the setting when it is imported.
    from saleor_loyalty.observability import metrics

    metrics.drop_dead(folder)


def migrate(data_dir: Path) -> None:
    """Bring the embedded database up to date; programs that start together take turns."""
    from django.core.management import call_command
    from django.db import connections

    deadline = time.monotonic() + MIGRATE_SECONDS_MAX
    with locked(data_dir / "migrate.lock", deadline=deadline):
        call_command("migrate", interactive=False, verbosity=0)
    # The processes we fork must not share this one's connection.
    connections.close_all()


def _is_given(environ: Environ, name: str) -> bool:
    return bool(environ.get(name) or environ.get(f"{name}_FILE"))


def _check_space(data_dir: Path) -> None:
    existing = next(folder for folder in (data_dir, *data_dir.parents) if folder.exists())
    free_mb = shutil.disk_usage(existing).free // 1_000_000
    if free_mb < DISK_MB_MIN:
        raise embedded.EmbeddedServerFailed(
            f"{data_dir} is on a disk with {free_mb} MB left; PostgreSQL needs {DISK_MB_MIN} MB."
            " Make room, or set SALEOR_LOYALTY_DATA_DIR to a folder elsewhere."
        )


def _kept_key(path: Path) -> str:
    if not path.exists():
        descriptor, written = tempfile.mkstemp(dir=path.parent)  # made for this user alone
        os.write(descriptor, Fernet.generate_key())
        os.fsync(descriptor)  # without the key no stored token can be read
        os.close(descriptor)
        # Of programs that start together, one wins, and none sees half a key.
        with suppress(FileExistsError):
            os.link(written, path)
        Path(written).unlink()
    return path.read_text()
