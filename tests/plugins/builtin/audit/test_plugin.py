"""The audit log of a real gateway: under load, killed, and with no room left."""

import json
import re
import resource
import stat
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pymysql
import pytest
from typer.testing import CliRunner

from plugins.builtin.audit.commands import commands
from plugins.errors import ErrorCode
from tests.conftest import GatewayFactory
from tests.support.gateway import GatewayProcess

KEY = "a key of more than sixteen"
QUESTION = "how many regions are there"
TAUGHT = f"CREATE OR REPLACE VERIFIED QUERY regions FOR '{QUESTION}' AS SELECT COUNT(id) AS n FROM regions"
# The history would meet the limit of a file's size too, which is set here to meet the audit log's.
SETTINGS = {"ask": {"history_size": 0}, "diagnose": {"watch": False}}
Lines = list[dict[str, Any]]


def connect(gateway: GatewayProcess) -> "pymysql.Connection[pymysql.cursors.Cursor]":
    return pymysql.connect(host=gateway.host, port=gateway.port, user="app", password="secret", database="shop")


def read(folder: Path, chain: str = "chain-1") -> Lines:
    """The chain's whole lines."""
    files = sorted((folder / chain).glob("audit-*.jsonl"))
    data = b"".join(path.read_bytes() for path in files)
    return [json.loads(line) for line in data[: data.rfind(b"\n") + 1].splitlines()]


def verified(folder: Path, key: str = "") -> tuple[int, str]:
    """The command's status, and what it says."""
    done = CliRunner().invoke(commands, ["verify", str(folder)], env={"ASKWIRE_AUDIT__KEY": key})
    return done.exit_code, done.output


def eventually(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


class Load:
    """Clients that ask one question after the other; how many answers each session got."""

    def __init__(self, gateway: GatewayProcess, clients: int = 4) -> None:
        self.answered: Counter[int] = Counter()
        self.refused = 0
        self.ended: list[str] = []  # by what the clients stopped asking
        self._go = True
        self._connections = [connect(gateway) for _ in range(clients)]
        self._threads = [threading.Thread(target=self._ask, args=(c,)) for c in self._connections]
        for thread in self._threads:
            thread.start()

    def _ask(self, connection: "pymysql.Connection[pymysql.cursors.Cursor]") -> None:
        with connection.cursor() as cursor:
            while self._go:
                try:
                    cursor.execute(f"ASK '{QUESTION}'")
                    assert cursor.fetchall() == ((5,),)
                except pymysql.MySQLError as error:
                    if int(error.args[0]) & 0xFFFF != ErrorCode.AUDIT_UNAVAILABLE.number:
                        self.ended.append(str(error))  # the gateway is gone
                        return
                    self.refused += 1
                else:
                    self.answered[connection.thread_id()] += 1

    def stop(self) -> None:
        self._go = False
        for thread in self._threads:
            thread.join()
        for connection in self._connections:
            if connection.open:
                connection.close()


def answers(lines: Sequence[dict[str, Any]]) -> Counter[int]:
    """By session."""
    return Counter(line["session"] for line in lines if line["event"] == "answered" and line["statement"] == "ask")


@pytest.fixture(scope="module")
def started(gateway_factory: GatewayFactory, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """``started(folder, …)``: a gateway with that audit folder, that knows the question."""
    with ExitStack() as stack:

        def start(folder: Path, **audit: Any) -> GatewayProcess:
            data = tmp_path_factory.mktemp("data")
            gateway = gateway_factory(data_dir=str(data), audit={"folder": str(folder), **audit}, **SETTINGS)
            stack.callback(gateway.stop)
            with connect(gateway) as connection, connection.cursor() as cursor:
                cursor.execute(TAUGHT)
            return gateway

        yield start


def test_killed_under_load(started: Any, tmp_path: Path) -> None:
    folder = tmp_path / "audit"
    gateway = started(folder, key=KEY, max_file_bytes=30_000, fsync=False)
    load = Load(gateway)
    eventually(lambda: sum(load.answered.values()) > 80)
    gateway.process.kill()
    gateway.process.wait()
    load.stop()
    status, said = verified(folder, KEY)
    assert (status, "chain-1: intact" in said) == (0, True), said
    counted = answers(read(folder))
    assert len(list((folder / "chain-1").glob("audit-*.jsonl"))) > 2
    assert all(counted[session] >= count for session, count in load.answered.items()), "what was acknowledged is there"
    assert sum(counted.values()) <= sum(load.answered.values()) + 4
    assert verified(folder)[0] == 1, "the key is needed"

    again = started(folder, key=KEY)
    again.stop()
    lines = read(folder)
    assert [line["event"] for line in lines if line["event"] in ("opened", "closed")] == ["opened", "opened", "closed"]
    assert verified(folder, KEY)[0] == 0
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (folder / "chain-1").iterdir()}
    assert modes == {0o600}


def limit(gateway: GatewayProcess, size: int) -> None:
    """No file of the gateway's may grow beyond that: what is over fails, in the middle of a line."""
    resource.prlimit(gateway.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def room_is_gone(gateway: GatewayProcess, folder: Path) -> None:
    (file,) = (folder / "chain-1").glob("audit-*.jsonl")
    limit(gateway, file.stat().st_size + 5_000)


def test_no_room_refuses(started: Any, tmp_path: Path) -> None:
    folder = tmp_path / "audit"
    gateway = started(folder)
    load = Load(gateway)
    eventually(lambda: sum(load.answered.values()) > 30)
    room_is_gone(gateway, folder)
    eventually(lambda: load.refused > 20 or len(load.ended) > 0)
    assert load.ended == []
    with connect(gateway) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM regions")  # plain SQL goes on
        assert cursor.fetchall() == ((5,),)
        with pytest.raises(pymysql.MySQLError, match="audit log cannot be written: the file may not grow any more"):
            cursor.execute("SHOW AI STATUS")
        with pytest.raises(pymysql.MySQLError, match="audit log"):
            cursor.execute("CREATE TERM unheard AS 'of'")
    assert verified(folder)[0] == 0
    limit(gateway, resource.RLIM_INFINITY)
    before = sum(load.answered.values())
    eventually(lambda: sum(load.answered.values()) > before + 20)
    load.stop()
    with connect(gateway) as connection, connection.cursor() as cursor:
        cursor.execute("SHOW AI TERMS")
        assert "unheard" not in str(cursor.fetchall())
    gateway.stop()
    lines = read(folder)
    assert verified(folder)[0] == 0
    gaps = [line for line in lines if line["event"] == "gap"]
    assert sum(gap["lines"] for gap in gaps) >= load.refused
    assert {gap["outcome"] for gap in gaps} == {"refused"}
    assert answers(lines) == load.answered


def test_no_room_goes_on(started: Any, tmp_path: Path) -> None:
    folder = tmp_path / "audit"
    gateway = started(folder, when_full="go-on", fsync=False)
    load = Load(gateway)
    eventually(lambda: sum(load.answered.values()) > 30)
    room_is_gone(gateway, folder)
    before = sum(load.answered.values())
    eventually(lambda: sum(load.answered.values()) > before + 50)
    load.stop()
    limit(gateway, resource.RLIM_INFINITY)
    eventually(lambda: read(folder)[-1]["event"] == "gap")  # nobody asks meanwhile
    gateway.stop()
    lines = read(folder)
    status, said = verified(folder)
    assert status == 0
    assert re.search(r" gaps?: ", said)
    assert load.refused == 0
    (first, *_) = [line for line in lines if line["event"] == "gap"]
    assert (first["outcome"], first["reason"]) == ("went on", "the file may not grow any more")
    missing = sum(line["lines"] for line in lines if line["event"] == "gap")
    written = sum(line.get("statement") == "ask" for line in lines)
    assert written + missing == 3 * sum(load.answered.values()), "each statement is asked, runs and is answered"


def test_what_a_line_says(started: Any, tmp_path: Path) -> None:
    folder = tmp_path / "audit"
    gateway = started(folder)
    with connect(gateway) as connection, connection.cursor() as cursor:
        cursor.execute(f"ASK '{QUESTION}'")
        cursor.execute(f"ASK SQL '{QUESTION}'")
        for failing in ("ASK 'what is the weather'", "ASK NONSENSE 'x'", "ASK 'SET PASSWORD = hunter2'"):
            with pytest.raises(pymysql.MySQLError):
                cursor.execute(failing)
        with pytest.raises(pymysql.MySQLError):
            cursor.execute("LOAD KNOWLEDGE 'https://me:hunter2@127.0.0.1/x.html' INTO nowhere")
        cursor.execute("EXPLAIN AI SELECT * FROM customers WHERE UPPER(name) = 'X'")
        cursor.execute("SELECT 'relayed' FROM regions")
        session = connection.thread_id()
    gateway.stop()
    text = (folder / "chain-1" / "audit-000000000001.jsonl").read_text()
    assert "hunter2" not in text
    assert "relayed" not in text
    lines = [line for line in read(folder) if line.get("session") == session]
    stages = [(line["statement"], line["event"], line.get("error", {}).get("number")) for line in lines]
    asked = ("ask", "asked", None)
    assert stages == [
        *(asked, ("ask", "runs", None), ("ask", "answered", None)),
        *(asked, ("ask", "answered", None)),
        *(asked, ("ask", "failed", ErrorCode.NOT_ANSWERABLE.number)),
        *(asked, ("ask", "failed", ErrorCode.SYNTAX.number)),
        *(asked, ("ask", "failed", ErrorCode.NOT_ANSWERABLE.number)),
        *(("load knowledge", "asked", None), ("load knowledge", "failed", ErrorCode.NOT_KNOWN.number)),
        *(("explain ai", "asked", None), ("explain ai", "answered", None)),
    ]
    said = lines[2]
    facts = {key: said[key] for key in ("question", "tables", "model", "rows", "account", "user", "database")}
    assert facts == {
        **{"question": QUESTION, "tables": ["regions"], "model": "verified query regions", "rows": 1},
        **{"account": "app@%", "user": "app", "database": "shop"},
    }
    assert said["sql"].startswith("SELECT COUNT(id) AS n FROM regions")
    assert said["client"].startswith("127.0.0.1:")
    assert len({line["id"] for line in lines[:3]}) == 1
    assert [line["seq"] for line in lines if line.get("withheld")] == [lines[9]["seq"], lines[10]["seq"]]
    assert lines[11]["text"] == "LOAD KNOWLEDGE 'https://***@127.0.0.1/x.html' INTO nowhere"


def test_off_unless_a_folder_is_set(gateway: GatewayProcess) -> None:
    with connect(gateway) as connection, connection.cursor() as cursor:
        cursor.execute("SHOW AI STATUS")
        assert not [name for name, _ in cursor.fetchall() if str(name).startswith("audit.")]
