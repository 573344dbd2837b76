"""Nobody but the user of the data folder gets in."""

import os
import subprocess
from pathlib import Path

import psycopg
import pytest
import redis
from embedded.programs import Program, pid_of, servers_user

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another user")


def listening_tcp_sockets(pid: int) -> set[str]:
    """The inodes of a process's own sockets among those that listen on a TCP port."""
    own = {str(entry.readlink()) for entry in Path(f"/proc/{pid}/fd").iterdir()}
    rows = [
        line.split()
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]
    ]
    return own & {f"socket:[{row[9]}]" for row in rows if row[3] == "0A"}


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="needs Linux's /proc")
def test_no_server_opens_a_tcp_port(running: Program) -> None:
    assert running.query("SHOW listen_addresses") == [("",)]

    with redis.Redis(unix_socket_path=running.valkey_socket) as broker:
        assert broker.config_get("port") == {"port": "0"}
    for name in ("valkey", "postgres", "supervisor"):
        try:
            assert listening_tcp_sockets(pid_of(name, running.data_dir)) == set()
        except PermissionError:
            pytest.skip("this machine hides the open files of other users' processes")


def test_the_folder_is_closed_to_everybody_else(running: Program) -> None:
    entries = [
        running.data_dir,
        *(running.data_dir / name for name in ("postgres", "valkey", "run")),
    ]
    assert [entry.stat().st_mode & 0o067 for entry in entries] == [0, 0, 0, 0]
    assert running.data_dir.stat().st_uid == os.geteuid()
    assert all(
        path.stat().st_mode & 0o007 == 0 for path in running.data_dir.iterdir() if path.is_file()
    )


def test_every_session_is_checked_by_who_opens_it(running: Program) -> None:
    url = running.answer["database_url"].replace("loyalty@", "postgres@")

    with psycopg.connect(url) as connection:
        rules = connection.execute("SELECT type, auth_method FROM pg_hba_file_rules").fetchall()

    assert rules == [("local", "peer")]


@as_root
def test_root_runs_the_servers_as_somebody_without_power(running: Program) -> None:
    for name in ("postgres", "valkey"):
        assert Path(f"/proc/{pid_of(name, running.data_dir)}").stat().st_uid != 0
    assert servers_user(running.data_dir).pw_name in ("postgres", "nobody")


@as_root
@pytest.mark.parametrize("role", ["loyalty", "postgres"])
def test_not_even_the_servers_own_user_may_open_a_session(running: Program, role: str) -> None:
    answer = running.answer
    psql = Path(answer["postgres_bin"]) / "psql"
    user = servers_user(running.data_dir)
    refused = subprocess.run(
        [psql, answer["database_url"].replace("loyalty@", f"{role}@"), "-c", "SELECT 1"],
        user=user.pw_uid,
        group=user.pw_gid,
        extra_groups=[],
        capture_output=True,
        text=True,
    )

    assert refused.returncode != 0
    assert "Peer authentication failed" in refused.stderr


@as_root
def test_another_user_cannot_reach_either_server(running: Program) -> None:
    stranger = 12_345
    psql = Path(running.answer["postgres_bin"]) / "psql"
    refused = subprocess.run(
        [psql, running.answer["database_url"], "-c", "SELECT 1"],
        user=stranger,
        group=stranger,
        extra_groups=[],
        capture_output=True,
        text=True,
    )
    listed = subprocess.run(
        ["ls", running.valkey_socket], user=stranger, group=stranger, extra_groups=[]
    )

    assert "Permission denied" in refused.stderr
    assert listed.returncode != 0
