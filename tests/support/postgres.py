"""A private PostgreSQL server for tests: temporary data folder, own socket, a free port of 127.0.0.1.

PostgreSQL refuses to run as root, so root starts it as the user ``postgres``. Over TCP everybody needs a password
(scram-sha-256); only the superuser, on the socket, needs none.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests.support.private_mariadb import die_with_parent, free_port

SUPERUSER = "postgres"
START_TIMEOUT_S = 60
HBA = "local all postgres trust\nlocal all all scram-sha-256\nhost all all 127.0.0.1/32 scram-sha-256\n"
OPTIONS = (
    "listen_addresses=127.0.0.1",
    "fsync=off",
    "full_page_writes=off",
    "synchronous_commit=off",
    "shared_buffers=64MB",
    "max_connections=60",
    "password_encryption=scram-sha-256",
    "timezone=UTC",
)
ACCOUNTS = (
    "CREATE ROLE app LOGIN PASSWORD 'secret'",
    "CREATE ROLE reader LOGIN PASSWORD 'secret'",
    "CREATE ROLE nobody LOGIN PASSWORD 'secret'",
    "CREATE ROLE locked NOLOGIN PASSWORD 'secret'",
    "CREATE DATABASE scratch OWNER app",
)


@dataclass(frozen=True)
class PostgresServer:
    """A running server. Accounts (password ``secret``; the superuser ``postgres`` has none and logs in by socket only):

    - ``app`` owns the empty database ``scratch``; ``reader`` and ``nobody`` may log in and own nothing;
    - ``locked`` may not log in.
    """

    folder: Path  # of the socket
    port: int
    pid: int
    host: str = "127.0.0.1"

    def url(self, database: str = "scratch") -> str:
        """The upstream address as askwire takes it, without credentials."""
        return f"postgresql://{self.host}:{self.port}/{database}"

    def connect(self, user: str = "app", password: str = "secret", database: str = "scratch") -> psycopg.Connection:
        """A direct connection of psycopg over TCP, autocommit."""
        return psycopg.connect(
            host=self.host, port=self.port, user=user, password=password, dbname=database, autocommit=True
        )

    def administrator(self, database: str = "scratch") -> psycopg.Connection:
        """The superuser's connection over the socket, autocommit."""
        return psycopg.connect(host=str(self.folder), port=self.port, user=SUPERUSER, dbname=database, autocommit=True)

    def run_sql(self, *statements: str, database: str = "scratch") -> None:
        """Run statements as superuser."""
        with self.administrator(database) as connection:
            for statement in statements:
                connection.execute(statement.encode())


@contextmanager
def postgres_server(options: Sequence[str] = (), programs: Path | None = None) -> Iterator[PostgresServer]:
    """Start one; ``options`` (``name=value``) are added to the server's.

    ``programs``: an installation to use in place of the system's (``bin``, ``lib``, ``share``), readable by the user.
    """
    owner = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="askwire-postgres-"))
    try:
        if owner:
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        data = folder / "data"
        made = _spawn(
            [
                program("initdb", programs),
                f"--pgdata={data}",
                f"--username={SUPERUSER}",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
            ],
            owner,
            folder,
        )
        assert made.wait() == 0, _log(folder)
        (data / "pg_hba.conf").write_text(HBA)
        process, port = _start(folder, owner, options, programs)
        try:
            server = PostgresServer(folder, port, process.pid)
            server.run_sql(*ACCOUNTS, database="postgres")
            yield server
        finally:
            _stop(process)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def program(name: str, programs: Path | None = None) -> str:
    """Debian keeps PostgreSQL's programs out of PATH, one folder per version."""
    if programs:
        return str(programs / "bin" / name)
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    found = shutil.which(name, path=os.pathsep.join([*map(str, folders), os.environ.get("PATH", os.defpath)]))
    assert found, f"{name} was not found: install PostgreSQL's server (Debian: apt-get install postgresql)"
    return found


def _start(
    folder: Path, owner: pwd.struct_passwd | None, options: Sequence[str], programs: Path | None
) -> tuple[subprocess.Popen[bytes], int]:
    settings = [word for option in (*OPTIONS, *options) for word in ("-c", option)]
    for _ in range(3):  # a port found free may be taken before the server has it
        port = free_port()
        command = [*die_with_parent(), program("postgres", programs), "-D", str(folder / "data"), "-k", str(folder)]
        process = _spawn([*command, "-p", str(port), *settings], owner, folder)
        if _wait_until_ready(process, folder, port):
            return process, port
    raise AssertionError(f"PostgreSQL did not start; its log:\n{_log(folder)}")


def _wait_until_ready(process: subprocess.Popen[bytes], folder: Path, port: int) -> bool:
    deadline = time.monotonic() + START_TIMEOUT_S
    while process.poll() is None:
        try:
            psycopg.connect(host=str(folder), port=port, user=SUPERUSER, dbname="postgres").close()
            return True
        except psycopg.OperationalError:
            assert time.monotonic() < deadline, _log(folder)
            time.sleep(0.05)
    return False


def _spawn(command: Sequence[str], owner: pwd.struct_passwd | None, folder: Path) -> subprocess.Popen[bytes]:
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=folder,
            user=owner.pw_uid if owner else None,
            group=owner.pw_gid if owner else None,
            extra_groups=[] if owner else None,
            start_new_session=True,
        )


def _log(folder: Path) -> str:
    return "\n".join((folder / "log").read_text(errors="replace").splitlines()[-15:])


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)  # "fast": rolls back and disconnects whoever is there
    try:
        process.wait(timeout=30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
