"""The data folder: who owns what in it, who may enter, and where the sockets are."""

import os
import pwd
import re
import stat
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from saleor_loyalty.embedded.failures import OWN_SERVERS, EmbeddedServerFailed
from saleor_loyalty.embedded.locks import locked

ROOT_DATA_DIR = Path("/var/lib/saleor-loyalty")
# PostgreSQL refuses to run as root; the first of these users that exists runs the servers then.
UNPRIVILEGED_USERS = ("postgres", "nobody")
# Every system allows at least 103 bytes in the path of a socket.
SOCKET_PATH_BYTES_MAX = 100
SOCKET_PATH_LONGEST = "run/.s.PGSQL.5432"
# Celery's broker URL and PostgreSQL's list of socket folders have no escape for other characters.
SOCKET_PATH_PLAIN = re.compile(r"[\w./-]+", re.ASCII)
LOCK_SECONDS_MAX = 10
COMMAND_SECONDS_MAX = 10
MARK = "folder.lock"


@dataclass(frozen=True)
class Account:
    """The operating-system user whom the servers run as."""

    uid: int
    gid: int
    name: str

    @property
    def is_us(self) -> bool:
        """Whether this process already runs as that user."""
        return self.uid == os.geteuid()

    def identity(self) -> dict[str, Any]:
        """Return the arguments with which `subprocess` starts a program as this user."""
        if self.is_us:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def run(self, command: Sequence[str | Path]) -> str:
        """Run a short command as this user and return what it printed.

        :raises OSError: if the user may not run the program.
        :raises subprocess.SubprocessError: if the command fails or takes too long.
        """
        finished: subprocess.CompletedProcess[str] = subprocess.run(  # noqa: S603 (our own words, no shell)
            command,
            capture_output=True,
            check=True,
            cwd="/",
            env={"PATH": os.defpath},
            text=True,
            timeout=COMMAND_SECONDS_MAX,
            **self.identity(),
        )
        return finished.stdout


@dataclass(frozen=True)
class DataFolder:
    """A data folder that is ready for the servers, and the folder that holds their sockets."""

    path: Path
    sockets: Path
    account: Account

    @property
    def control_socket(self) -> Path:
        """Where programs meet the supervisor."""
        return self.sockets / "control.sock"

    @property
    def server_sockets(self) -> Path:
        """Where programs meet the servers."""
        return self.sockets / "run"

    def give(self, folder: Path) -> Path:
        """Make a folder that only the servers' user can enter."""
        folder.mkdir(mode=0o700, exist_ok=True)
        if not self.account.is_us:
            os.chown(folder, self.account.uid, self.account.gid, follow_symlinks=False)
        return folder

    def write_for_servers(self, name: str, text: str) -> Path:
        """Write a file that the servers may read but, where we are root, not change."""
        path = self.path / name
        path.write_text(text)
        if not self.account.is_us:
            path.chmod(0o640)
            os.chown(path, -1, self.account.gid)
        return path


def data_dir_default(environ: Mapping[str, str]) -> Path:
    """Return the data folder that `environ` asks for, or the usual one of this user."""
    if chosen := environ.get("SALEOR_LOYALTY_DATA_DIR"):
        return Path(chosen)
    if os.geteuid() == 0:
        # The servers cannot run as root, and nobody else may enter root's home.
        return ROOT_DATA_DIR
    if data_home := environ.get("XDG_DATA_HOME"):
        return Path(data_home) / "saleor-loyalty"
    return Path.home() / ".local" / "share" / "saleor-loyalty"


def open_folder(data_dir: Path) -> DataFolder:
    """Make the data folder where it is missing, and close it to all other users.

    :raises EmbeddedServerFailed: if the folder is not ours, or the servers cannot reach it.
    """
    path = data_dir.expanduser().absolute()
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = path.resolve()
        _refuse_what_is_not_ours(path)
        with locked(path / MARK, deadline=time.monotonic() + LOCK_SECONDS_MAX):
            account = _servers_account(path)
            _close_to_others(path, account)
            folder = DataFolder(path, _sockets_folder(path, account), account)
    except OSError as error:
        raise EmbeddedServerFailed(_advice(f"The data folder {path} fails: {error}")) from error
    _check_the_way_in(folder)
    return folder


def _advice(problem: str) -> str:
    return f"{problem}. Set SALEOR_LOYALTY_DATA_DIR to another folder, or {OWN_SERVERS}."


def _refuse_what_is_not_ours(path: Path) -> None:
    owner = path.stat().st_uid
    if owner != os.geteuid():
        raise EmbeddedServerFailed(_advice(f"The data folder {path} belongs to user {owner}"))
    names = {entry.name for entry in path.iterdir()}
    if names and MARK not in names:
        # We are about to change who may enter: never do that to a folder with another purpose.
        raise EmbeddedServerFailed(_advice(f"The data folder {path} holds files of others"))


def _servers_account(path: Path) -> Account:
    if os.geteuid() != 0:
        return _account_of(os.geteuid())
    for name in ("postgres", "valkey"):
        if (path / name).exists() and (owner := (path / name).stat().st_uid):
            return _account_of(owner)
    for name in UNPRIVILEGED_USERS:
        with suppress(KeyError):
            return _account(pwd.getpwnam(name))
    raise EmbeddedServerFailed(
        f"PostgreSQL does not run as root, and there is no user {' or '.join(UNPRIVILEGED_USERS)}. "
        f"Run the program as another user, or {OWN_SERVERS}."
    )


def _account_of(uid: int) -> Account:
    try:
        return _account(pwd.getpwuid(uid))
    except KeyError as error:
        raise EmbeddedServerFailed(
            f"PostgreSQL needs a named user, and this machine does not know user {uid}. "
            f"Run the program as a user that has one, or {OWN_SERVERS}."
        ) from error


def _account(user: pwd.struct_passwd) -> Account:
    return Account(user.pw_uid, user.pw_gid, user.pw_name)


def _close_to_others(path: Path, account: Account) -> None:
    if account.is_us:
        path.chmod(0o700)
        return
    # The servers pass through with their group; root keeps the folder, so that they can never
    # lay a link in the way of what root writes.
    os.chown(path, -1, account.gid)
    path.chmod(0o710)


def _check_the_way_in(folder: DataFolder) -> None:
    if folder.account.is_us:
        return
    try:
        folder.account.run(["/bin/sh", "-c", 'cd "$1"', "sh", folder.path])
    except (OSError, subprocess.SubprocessError) as error:
        raise EmbeddedServerFailed(
            f"PostgreSQL does not run as root, and the user {folder.account.name} cannot enter "
            f"{folder.path}. Set SALEOR_LOYALTY_DATA_DIR to a folder every user can reach, such as "
            f"{ROOT_DATA_DIR} (it stays closed to all but root and the servers), or {OWN_SERVERS}."
        ) from error


def _sockets_folder(path: Path, account: Account) -> Path:
    longest = os.fsencode(path / SOCKET_PATH_LONGEST)
    if len(longest) <= SOCKET_PATH_BYTES_MAX and SOCKET_PATH_PLAIN.fullmatch(str(path)):
        return path
    record = path / "sockets"
    if record.exists() and _is_private(recorded := Path(record.read_text())):
        return recorded
    # Not the user's runtime folder: that one vanishes at log-out, under running programs.
    made = Path(tempfile.mkdtemp(prefix="loyalty-", dir="/tmp"))
    _close_to_others(made, account)
    record.write_text(str(made))
    return made


def _is_private(folder: Path) -> bool:
    try:
        status = folder.lstat()
    except FileNotFoundError:
        return False
    is_closed = not status.st_mode & (stat.S_IWGRP | stat.S_IRWXO)
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid() and is_closed
