import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pymysql
import pytest

from tests.support import private_mariadb
from tests.support.private_mariadb import PrivateMariaDB, PrivateMariaDBError

CHILD = """
import time
from tests.support.private_mariadb import PrivateMariaDB
with PrivateMariaDB() as server:
    print(server.pid, server.socket.parent, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def open_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose parents everybody may enter, as the user mysql must where root runs the tests."""
    folder = tmp_path_factory.mktemp("kept")
    for parent in (folder, *folder.parents):
        if parent.stat().st_mode & 0o001:
            break
        parent.chmod(parent.stat().st_mode | 0o711)
    return folder


def running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until_gone(pid: int) -> None:
    deadline = time.monotonic() + 30
    while running(pid):
        assert time.monotonic() < deadline, f"process {pid} is still there"
        time.sleep(0.05)


def test_runs_sql_and_leaves_nothing() -> None:
    with PrivateMariaDB(arguments=["--max-allowed-packet=32M"]) as server:
        assert (
            server.run_sql("SELECT 'ünï', @@port; SELECT @@max_allowed_packet") == f"ünï\t{server.port}\n{32 << 20}\n"
        )
        pid, runtime = server.pid, server.socket.parent
        assert runtime.is_dir()
    assert not running(pid)
    assert not runtime.exists()
    with pytest.raises(PrivateMariaDBError, match="not running"):
        server.run_sql("SELECT 1")


@pytest.fixture(scope="module")
def shared() -> Iterator[PrivateMariaDB]:
    with PrivateMariaDB() as server:
        yield server


def test_tcp_serves_only_accounts_that_were_made(shared: PrivateMariaDB) -> None:
    with pytest.raises(pymysql.err.OperationalError):
        pymysql.connect(host="127.0.0.1", port=shared.port, user="root")
    shared.run_sql("CREATE USER app@'%' IDENTIFIED BY 'secret'")
    with pymysql.connect(host="127.0.0.1", port=shared.port, user="app", password="secret") as connection:
        assert connection.get_server_info()


def test_two_run_side_by_side(shared: PrivateMariaDB) -> None:
    with PrivateMariaDB() as other:
        assert shared.port != other.port
        assert shared.run_sql("SELECT @@port") != other.run_sql("SELECT @@port")


def test_kept_folder_is_used_again(open_folder: Path) -> None:
    with PrivateMariaDB(open_folder) as server:
        server.run_sql("CREATE DATABASE kept; CREATE TABLE kept.t (a INT); INSERT INTO kept.t VALUES (7)")
    script = open_folder / "again.sql"
    script.write_text("SELECT a + 1 FROM t")
    with PrivateMariaDB(open_folder) as server:
        assert server.run_sql(script, database="kept") == "8\n"


def test_sql_error_is_reported(shared: PrivateMariaDB) -> None:
    with pytest.raises(PrivateMariaDBError, match="no_such_table"):
        shared.run_sql("SELECT * FROM mysql.no_such_table")


def test_server_that_does_not_start_shows_its_log() -> None:
    with pytest.raises(PrivateMariaDBError, match="no-such-option"), PrivateMariaDB(arguments=["--no-such-option"]):
        pass


def test_missing_server_says_how_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(private_mariadb, "SYSTEM_FOLDERS", ())
    with pytest.raises(PrivateMariaDBError, match="apt-get install mariadb-server"), PrivateMariaDB():
        pass


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands the server to another user")
def test_folder_out_of_reach_of_the_server_user(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(PrivateMariaDBError, match="cannot reach"), PrivateMariaDB(closed):
        pass


@pytest.mark.skipif(sys.platform != "linux", reason="PR_SET_PDEATHSIG is Linux's")
def test_dies_with_its_parent() -> None:
    with subprocess.Popen([sys.executable, "-c", CHILD], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid, runtime = parent.stdout.readline().split()
        assert running(int(pid))
        os.kill(parent.pid, signal.SIGKILL)
    wait_until_gone(int(pid))
    subprocess.run(["rm", "-r", "--", runtime], check=True)
