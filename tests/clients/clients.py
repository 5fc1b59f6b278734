"""The real clients: how each is started, and what it printed.

Every client is a small program in its own language, called with HOST PORT PART (``plain`` or ``ask``) and its options.
It logs in as ``app``, runs the statements of ``PART.txt`` and some of its own, and prints blocks: ``-- label``, then
``columns: …`` and rows, or ``ok: …``, or ``error: number SQLSTATE message``.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import platformdirs
import pymysql

FOLDER = Path(__file__).resolve().parent
CACHE = Path(platformdirs.user_cache_dir("askwire"))
CONNECTOR_J = Path("/usr/share/java/mariadb-java-client.jar")
GO_PACKAGES = Path("/usr/share/gocode")
TIMEOUT_S = 110
STATEMENTS = {part: FOLDER / f"{part}.txt" for part in ("plain", "ask", "grafana")}
# The settings of the connection that Grafana's MySQL data source asks for.
GRAFANA = "collation=utf8mb4_unicode_ci&parseTime=true&loc=UTC&allowNativePasswords=true&time_zone=%27%2B00%3A00%27"


@dataclass(frozen=True)
class Client:
    """``command`` makes the words that start it from host, port and part."""

    name: str
    command: Callable[[str, int, str], list[str]]

    def run(self, host: str, port: int, part: str) -> str:
        """What it printed; it must end by itself with status 0."""
        done = subprocess.run(
            self.command(host, port, part),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIMEOUT_S,
            check=False,
            env={**os.environ, "NODE_PATH": os.fspath(_node_modules()) if "node" in self.name else "", "TZ": "UTC"},
        )
        text = done.stdout.decode(errors="replace")
        assert done.returncode == 0, f"{self.name} ended with {done.returncode}:\n{text}\n{done.stderr.decode()}"
        return text


@dataclass(frozen=True)
class Block:
    """One statement's outcome: ``columns`` and ``rows``, or neither and ``line`` (``ok: …``, ``error: …``)."""

    label: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    line: str


def blocks(text: str, separator: str = " | ") -> dict[str, Block]:
    """Read a client's output; of blocks with the same label the last one counts."""
    found = {}
    for part in text.split("-- ")[1:]:
        label, first, *rest = [*part.splitlines(), ""]
        rest = rest[:-1]
        has_rows = first.startswith("columns: ")
        columns = tuple(first.removeprefix("columns: ").split(separator)) if has_rows else ()
        rows = tuple(tuple(line.split(separator)) for line in rest) if has_rows else ()
        found[label] = Block(label, columns, rows, first)
    return found


def all_clients() -> list[Client]:
    return [
        *(_python("cli", "mariadb", *options) for options in ((), ("tls",))),
        *(_python("dbapi", driver) for driver in ("pymysql", "mysqldb", "connector", "connector-c")),
        *(_python("dbapi", driver, "tls") for driver in ("pymysql", "mysqldb")),
        *(_python("dbapi", driver, "clear") for driver in ("connector", "connector-c")),
        *(_python("aio", driver, *options) for driver in ("aiomysql", "asyncmy") for options in ((), ("tls",))),
        *(_python("alchemy", driver) for driver in ("pymysql", "mysqldb", "mysqlconnector")),
        *(_node(script, *options) for script in ("mysql2", "mariadb") for options in ((), ("tls",))),
        *(_php("mysqli", *options) for options in ((), ("tls",))),
        *(_php("pdo", *options) for options in (("emulated",), ("native",), ("native", "tls"))),
        _java("text"),
        _java("prepared", "useServerPrepStmts=true&useBulkStmts=false"),
        _java("bulk", "useServerPrepStmts=true&useBulkStmts=true"),
        _java("pipelined batches", "useBatchMultiSend=true&useBulkStmts=false&rewriteBatchedStatements=false"),
        _java("rewritten batches, several results", "rewriteBatchedStatements=true&allowMultiQueries=true"),
        _java("tls", "useSsl=true&trustServerCertificate=true&useServerPrepStmts=true"),
        _go("prepared"),
        _go("interpolated", "interpolateParams=true"),
        _go("several results", "multiStatements=true"),
        _go("tls", "tls=skip-verify"),
        grafana(),
    ]


def grafana() -> Client:
    """The driver as Grafana sets it up; its part ``grafana`` is what a dashboard asks."""
    return _go("grafana", GRAFANA)


def _python(script: str, driver: str, *options: str) -> Client:
    def command(host: str, port: int, part: str) -> list[str]:
        return [sys.executable, f"{FOLDER}/python/{script}.py", host, str(port), part, driver, *options]

    return Client(" ".join(["python", script, driver, *options]), command)


def _node(script: str, *options: str) -> Client:
    def command(host: str, port: int, part: str) -> list[str]:
        return ["node", f"{FOLDER}/node/{script}.js", host, str(port), part, *options]

    return Client(" ".join(["node", script, *options]), command)


def _php(script: str, *options: str) -> Client:
    def command(host: str, port: int, part: str) -> list[str]:
        return ["php", f"{FOLDER}/php/{script}.php", host, str(port), part, *options]

    return Client(" ".join(["php", script, *options]), command)


def _java(name: str, options: str = "") -> Client:
    def command(host: str, port: int, part: str) -> list[str]:
        java = ["java", "-XX:TieredStopAtLevel=1", "-cp", f"{CONNECTOR_J}:{_java_classes()}"]
        return [*java, "-Dfile.encoding=UTF-8", "Client", host, str(port), part, str(STATEMENTS[part]), options]

    return Client(f"java {name}", command)


def _go(name: str, options: str = "") -> Client:
    def command(host: str, port: int, part: str) -> list[str]:
        return [f"{_go_program()}/client", host, str(port), part, str(STATEMENTS[part]), options]

    return Client(f"go {name}", command)


@contextmanager
def all_taught(host: str, port: int) -> Iterator[None]:
    """Both questions of ``ask.txt`` are taught meanwhile, so that the gateway needs no model."""
    with taught(host, port), taught(host, port, "how many regions are there", "SELECT COUNT(*) AS n FROM regions"):
        yield


@contextmanager
def taught(
    host: str,
    port: int,
    question: str = "how many customers are there",
    sql: str = "SELECT COUNT(*) AS customers FROM customers",
) -> Iterator[None]:
    """``sql`` is the verified query of ``app`` for ``question`` meanwhile, so that no model is asked.

    The default is what the clients ask after the first question of ``ask.txt``: those are about how a question reaches
    the gateway, and take seconds of the model's otherwise.
    """
    name = "_".join(question.split())
    connection = pymysql.connect(host=host, port=port, user="app", password="secret", database="shop")
    with connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE VERIFIED QUERY {name} FOR '{question}' AS {sql}")
        try:
            yield
        finally:
            cursor.execute(f"DROP VERIFIED QUERY {name}")


def cached(kind: str, key: bytes, make: Callable[[Path], None]) -> Path:
    """A folder of the user's cache that ``make`` fills once for each ``key``."""
    folder = CACHE / f"{kind}-{hashlib.sha256(key).hexdigest()[:16]}"
    CACHE.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            (folder / "complete").touch()
    return folder


def _node_modules() -> Path:
    package = FOLDER / "node" / "package.json"

    def install(folder: Path) -> None:
        shutil.copy(package, folder)
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--silent"], cwd=folder, check=True)

    return cached("node-clients", package.read_bytes(), install) / "node_modules"


def _java_classes() -> Path:
    source = FOLDER / "java" / "Client.java"

    def compile_to(folder: Path) -> None:
        subprocess.run(["javac", "-encoding", "UTF-8", "-d", str(folder), str(source)], check=True)

    return cached("java-clients", source.read_bytes(), compile_to)


def _go_program() -> Path:
    """Compiled with Debian's packages alone: it has no modules, and nothing is fetched."""
    source = FOLDER / "go"

    def compile_to(folder: Path) -> None:
        with tempfile.TemporaryDirectory(prefix="askwire-go-") as objects:
            settings = {"GO111MODULE": "off", "GOPATH": os.fspath(GO_PACKAGES), "CGO_ENABLED": "0", "GOCACHE": objects}
            environment = {**os.environ, **settings}
            subprocess.run(["go", "build", "-o", folder / "client", "."], cwd=source, env=environment, check=True)

    return cached("go-clients", b"".join(file.read_bytes() for file in sorted(source.glob("*.go"))), compile_to)
