"""A private MariaDB server for a demo or a test: own data folder, own socket, a free port of 127.0.0.1.

It takes no settings of the machine (``--no-defaults``) and touches no other server. Its administrator is the operating
system's user who started it, through the socket alone (``unix_socket``); over TCP only accounts made by SQL log in.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self

SYSTEM_FOLDERS = (
    "/usr/sbin",
    "/usr/local/sbin",
    "/usr/libexec",
    "/usr/local/mysql/bin",
    "/opt/homebrew/opt/mariadb/bin",
)
SOCKET_PATH_LIMIT = 90  # a Unix socket's path ends at 107 bytes
START_ATTEMPTS = 3
DEFAULT_ARGUMENTS = (
    "--character-set-server=utf8mb4",
    "--innodb-buffer-pool-size=64M",
    "--innodb-flush-log-at-trx-commit=2",
    "--skip-name-resolve",
)
INSTALL_HINT = "install MariaDB's server (Debian: apt-get install mariadb-server; Homebrew: brew install mariadb)"


class PrivateMariaDBError(RuntimeError):
    """The server cannot be found, made, started or talked to; the message says why, with the end of its log."""


class PrivateMariaDB:
    """A context manager around one server process.

    ``folder`` keeps the data and is used again by the next start; without it the data lives in a temporary folder and
    goes with the server. ``arguments`` are added to mariadbd's. Started by root, the server runs as the user mysql.

    On Linux the server gets SIGTERM when the *thread* that started it ends (PR_SET_PDEATHSIG), however that happens:
    start it from a thread that lives as long as the server is needed.

    Raises ``PrivateMariaDBError``.
    """

    def __init__(
        self, folder: Path | None = None, *, arguments: Sequence[str] = (), start_timeout_s: float = 60
    ) -> None:
        self._given_folder = folder
        self._arguments = tuple(arguments)
        self._start_timeout_s = start_timeout_s
        self._process: subprocess.Popen[bytes] | None = None
        self._runtime: Path | None = None
        self.port = 0

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    @property
    def socket(self) -> Path:
        """The Unix socket, for the administrator."""
        return self._runtime_folder / "socket"

    @property
    def log_path(self) -> Path:
        """The server's error log."""
        return self._runtime_folder / "error.log"

    @property
    def pid(self) -> int:
        """The server's process id."""
        if self._process is None:
            raise PrivateMariaDBError("the private MariaDB is not running")
        return self._process.pid

    def run_sql(self, sql: str | Path, *, database: str = "") -> str:
        """Run statements (text or a file) as administrator; returns what they print, tab-separated, no headings."""
        command = [
            find_program("mariadb", "mysql"),
            "--no-defaults",
            f"--socket={self.socket}",
            "--batch",
            "--skip-column-names",
        ]
        command += ["--default-character-set=utf8mb4", f"--database={database}"]
        text = sql.read_bytes() if isinstance(sql, Path) else sql.encode()
        done = subprocess.run(command, input=text, capture_output=True, check=False)
        if done.returncode:
            raise PrivateMariaDBError(f"SQL failed: {done.stderr.decode(errors='replace').strip()}")
        return done.stdout.decode(errors="replace")

    def stop(self) -> None:
        """Stop the server by its process id and remove what was temporary; harmless when it does not run."""
        if self._process is not None:
            _end(self._process)
            self._process = None
        if self._runtime is not None:
            shutil.rmtree(self._runtime, ignore_errors=True)
            self._runtime = None

    @property
    def _runtime_folder(self) -> Path:
        if self._runtime is None:
            raise PrivateMariaDBError("the private MariaDB is not running")
        return self._runtime

    def _start(self) -> None:
        if self._process is not None:
            raise PrivateMariaDBError("the private MariaDB runs already")
        server = find_program("mariadbd", "mysqld")
        owner = _server_user()
        self._runtime = _make_runtime_folder(owner)
        data = _install(self._given_folder or self._runtime, owner)
        for last in (False,) * (START_ATTEMPTS - 1) + (True,):
            self.port = free_port()
            self._process = self._launch(server, data, owner)
            if self._wait_until_ready(self._process):
                return
            log = self._log_tail()
            if last or "already in use" not in log:
                raise PrivateMariaDBError(f"MariaDB did not start; the end of its log:\n{log}")

    def _launch(self, server: str, data: Path, owner: pwd.struct_passwd | None) -> subprocess.Popen[bytes]:
        runtime = self._runtime_folder
        imports = runtime / "files"
        imports.mkdir(exist_ok=True)
        command = [
            *die_with_parent(),
            *(server, "--no-defaults", f"--datadir={data}", f"--socket={self.socket}", f"--pid-file={runtime / 'pid'}"),
            *(
                "--bind-address=127.0.0.1",
                f"--port={self.port}",
                f"--tmpdir={runtime}",
                f"--secure-file-priv={imports}",
            ),
            *(() if owner else _as_root()),
            *DEFAULT_ARGUMENTS,
            *self._arguments,
        ]
        with self.log_path.open("wb") as log:
            return _spawn(command, owner, runtime, log)

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> bool:
        deadline = time.monotonic() + self._start_timeout_s
        while process.poll() is None:
            if _greets(self.socket):
                return True
            if time.monotonic() > deadline:
                raise PrivateMariaDBError(
                    f"MariaDB is not ready after {self._start_timeout_s:g} s:\n{self._log_tail()}"
                )
            time.sleep(0.03)
        return False

    def _log_tail(self) -> str:
        return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-15:])


def find_program(*names: str) -> str:
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), *SYSTEM_FOLDERS])
    for name in names:
        if found := shutil.which(name, path=path):
            return found
    raise PrivateMariaDBError(f"{names[0]} was not found: {INSTALL_HINT}")


def _server_user() -> pwd.struct_passwd | None:
    """Whom the server runs as, where that is not ourselves: mariadbd declines to run as root."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("mysql")
    except KeyError:
        return None


def _as_root() -> tuple[str, ...]:
    return ("--user=root",) if os.geteuid() == 0 else ()


def _make_runtime_folder(owner: pwd.struct_passwd | None) -> Path:
    parent = tempfile.gettempdir()
    if len(parent) > SOCKET_PATH_LIMIT - 40:
        parent = "/tmp"
    folder = Path(tempfile.mkdtemp(prefix="askwire-mariadb-", dir=parent))
    _give_to(folder, owner)
    return folder


def _give_to(folder: Path, owner: pwd.struct_passwd | None) -> None:
    if owner is None:
        return
    os.chown(folder, owner.pw_uid, owner.pw_gid)
    if _spawn(["test", "-w", str(folder)], owner, Path("/"), subprocess.DEVNULL).wait():
        raise PrivateMariaDBError(
            f"the user {owner.pw_name}, as whom MariaDB runs when root starts it, cannot reach {folder}: "
            f"choose a folder whose parents everybody may enter, or start as a normal user"
        )


def _install(folder: Path, owner: pwd.struct_passwd | None) -> Path:
    """Make the data folder, whole or not at all; one that exists is used as it is."""
    data = (folder / "data").absolute()
    if data.is_dir():
        return data
    partial = data.with_name("data.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True, mode=0o700)
    _give_to(partial, owner)
    administrator = pwd.getpwuid(os.geteuid()).pw_name
    command = [
        find_program("mariadb-install-db", "mysql_install_db"),
        "--no-defaults",
        f"--datadir={partial}",
        f"--tmpdir={partial}",  # a server that starts removes what it takes for leftovers of its own from /tmp
        "--skip-test-db",
    ]
    command += [
        "--auth-root-authentication-method=socket",
        f"--auth-root-socket-user={administrator}",
        "--cross-bootstrap",
    ]
    with tempfile.TemporaryFile() as output:
        if _spawn([*command, *(() if owner else _as_root())], owner, partial, output).wait():
            output.seek(0)
            raise PrivateMariaDBError(f"MariaDB's data folder cannot be made: {output.read().decode(errors='replace')}")
    return partial.rename(data)


def die_with_parent() -> tuple[str, ...]:
    """Words before a command: its process then gets SIGTERM when the thread that started it ends (Linux; else none).

    They exec the command in the same process; a ``preexec_fn`` would not be safe where threads run.
    """
    wrapper = shutil.which("setpriv")
    return (wrapper, "--pdeathsig", "TERM", "--") if wrapper else ()


def _spawn(
    command: Sequence[str], owner: pwd.struct_passwd | None, cwd: Path, output: IO[bytes] | int
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        cwd=cwd,
        user=owner.pw_uid if owner else None,
        group=owner.pw_gid if owner else None,
        extra_groups=[] if owner else None,
        start_new_session=True,  # Ctrl-C ends us, and we end the server in order
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _greets(path: Path) -> bool:
    """The server sends a greeting, protocol version 10 (an error packet, while it starts or stops, is none)."""
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(5)
            client.connect(str(path))
            return client.recv(5, socket.MSG_WAITALL)[4:] == b"\x0a"
    except OSError:
        return False


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
