"""Plugins that do wrong in a real gateway, while its other sessions go on."""

import json
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Self

import pymysql
import pytest

from plugins.plugin import MAX_FAULTS
from tests.conftest import GatewayFactory
from tests.proxy.admin.conftest import admin_of, error
from tests.support.gateway import ASKWIRE, GatewayProcess, clean_environment

# One plugin for each way to go wrong: what one does must not count for another.
PLUGINS = {
    "loops": """
@hookimpl
def askwire_statements_seen(statements):
    while any("please loop" in each.text for each in statements):
        pass
""",
    "sleeps": """
import time

@hookimpl
def askwire_statements_seen(statements):
    if any("please sleep" in each.text for each in statements):
        time.sleep(60)
""",
    "ends": """
heard = []

@hookimpl
def askwire_statements_seen(statements):
    heard.extend(each for each in statements if "please exit" in each.text)
    if heard:
        raise SystemExit(1)
""",
    "answers": """
import time

async def handle(session, text):
    if "LOOP" in text:
        while True:
            pass
    if "SLEEP" in text:
        time.sleep(60)
    if "EXIT" in text:
        raise SystemExit(1)
    if "ROWS" in text:
        return Table((Column("n"),), (1 // n for n in (1, 0)))
    return Done()

@hookimpl
def askwire_statements():
    return [Statement("misbehave", handle, ("MISBEHAVE",))]

@hookimpl
async def askwire_notes(statement):
    return [Note(f"{statement.name} is over")] if statement.name == "misbehave" else []
""",
    "strays": """
import asyncio
import threading

kept = []

def thread():
    raise LookupError("in a thread")

def leaves():
    raise SystemExit(3)

def raises():
    raise LookupError("in a callback")

async def task(error):
    raise error

async def handle(session, text):
    loop = asyncio.get_running_loop()
    match text.split()[1]:
        case "TASK":
            kept.append(asyncio.create_task(task(SystemExit(3))))
        case "INTERRUPT":
            kept.append(asyncio.create_task(task(KeyboardInterrupt())))
        case "FAULT":
            asyncio.create_task(task(LookupError("in a task")))
        case "LEAVES":
            loop.call_soon(leaves)
        case "LATER":
            loop.call_later(0.01, leaves)
        case "CALLBACK":
            loop.call_soon(raises)
        case "THREAD":
            threading.Thread(target=thread).start()
        case "DROP":
            kept.clear()
    return Done()

@hookimpl
def askwire_statements():
    return [Statement("stray", handle, ("STRAY",))]
""",
    "holds": """
import asyncio
import time

async def holds():
    time.sleep(60)

async def handle(session, text):
    asyncio.create_task(holds())
    return Done()

@hookimpl
def askwire_statements():
    return [Statement("hold", handle, ("HOLD",))]
""",
    "lives": """
import asyncio
from contextlib import asynccontextmanager

@hookimpl
def askwire_lifespan():
    return life()

@asynccontextmanager
async def life():
    yield
    await asyncio.sleep(600)
""",
    "imports": "while True: pass",
    "absent": "import there_is_no_such_module",
}
OFF = ["knowledge", "models_runtime", "nl2sql", "diagnose"]
HEAD = "from plugins import Column, Done, Note, Statement, Table, hookimpl\n"


@pytest.fixture(scope="module")
def misled(gateway_factory: GatewayFactory, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    folder = tmp_path_factory.mktemp("plugins")
    for name, text in PLUGINS.items():
        (folder / f"{name}.py").write_text(HEAD + text)
        (folder / f"{name}.py").chmod(0o600)
    plugins = {
        **{"folder": str(folder), "off": OFF},
        **{"order": ["nowhere", "lives"], "settings": {"nobody": {"greeting": "Hello"}}},
        **{"time_limit_s": 0.5, "start_limit_s": 2.0},
    }
    with gateway_factory(plugins=plugins, log={"level": "debug"}) as gateway:
        yield gateway


Connection = pymysql.Connection


@pytest.fixture
def client(misled: GatewayProcess) -> Iterator[Connection]:
    with closing(connect(misled)) as connection:
        yield connection


def connect(gateway: GatewayProcess) -> Connection:
    return pymysql.connect(host="127.0.0.1", port=gateway.port, user="app", password="secret", database="shop")


def rows(connection: Connection, sql: str) -> tuple[tuple[Any, ...], ...]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return tuple(cursor.fetchall())


def listed(connection: Connection) -> dict[str, dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute("SHOW AI PLUGINS")
        names = [column[0] for column in cursor.description]
        return {row[0]: dict(zip(names, row, strict=True)) for row in cursor.fetchall()}


class Others:
    """Sessions that work on while something is done: each statement has its answer."""

    def __init__(self, gateway: GatewayProcess) -> None:
        self._gateway = gateway
        self._stop = threading.Event()
        self.answered = 0
        self.errors: list[BaseException] = []

    def __enter__(self) -> Self:
        self._threads = [threading.Thread(target=self._work) for _ in range(2)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
        assert not self.errors
        assert self.answered > 10

    def go_on(self) -> None:
        """Wait until they have done more."""
        before = self.answered
        while self.answered < before + 20 and not self.errors:
            time.sleep(0.01)

    def _work(self) -> None:
        try:
            with closing(connect(self._gateway)) as connection:
                while not self._stop.wait(0.005):
                    assert rows(connection, "SELECT 1") == ((1,),)
                    self.answered += 1
        except BaseException as error:
            self.errors.append(error)


def test_what_went_wrong_at_the_start_is_told(client: Connection) -> None:
    there = listed(client)
    assert "held the event loop for more than 2 s" in there["imports"]["why"]
    assert "No module named 'there_is_no_such_module'" in there["absent"]["why"]
    assert "not installed" in there["nowhere"]["why"]
    assert "not installed" in there["nobody"]["why"]
    assert (there["answers"]["state"], there["answers"]["hooks"]) == ("on", "notes, statements")
    assert there["diagnose"]["state"] == "off"
    assert next(iter(there)) == "lives"


@pytest.mark.parametrize(("what", "state"), [("LOOP", "on"), ("SLEEP", "on"), ("EXIT", "on")])
def test_a_statement_that_hangs_or_ends_the_process_fails_alone(
    misled: GatewayProcess, client: Connection, what: str, state: str
) -> None:
    with Others(misled) as others:
        with pytest.raises(pymysql.MySQLError) as caught:
            rows(client, f"MISBEHAVE {what}")
        assert caught.value.args[0] % 65536 == 57071
        assert "'answers' failed" in caught.value.args[1]
        assert rows(client, "SELECT 2") == ((2,),)
        others.go_on()
    assert listed(client)["answers"]["state"] == state


def test_rows_that_fail_halfway_end_in_an_error(client: Connection) -> None:
    with pytest.raises(pymysql.MySQLError):
        rows(client, "MISBEHAVE ROWS")


def test_plugins_add_notes_to_an_answer(client: Connection) -> None:
    rows(client, "MISBEHAVE")
    assert rows(client, "SHOW WARNINGS") == (("Note", 57000, "misbehave is over"),)
    assert rows(client, "SHOW AI STATUS")
    assert rows(client, "SHOW WARNINGS") == ()


@pytest.mark.parametrize(("name", "word"), [("loops", "loop"), ("sleeps", "sleep"), ("ends", "exit")])
def test_a_hook_that_hangs_or_ends_the_process_is_switched_off(
    misled: GatewayProcess, client: Connection, name: str, word: str
) -> None:
    with Others(misled):
        while listed(client)[name]["state"] == "on":
            # Under load not all statements are told, but slow ones are.
            rows(client, f"SELECT SLEEP(0.2), 'please {word}'")
    row = listed(client)[name]
    assert row["state"] == "off"
    assert row["why"].startswith("askwire_statements_seen: ")
    assert row["errors"] == (MAX_FAULTS if name == "ends" else 1)
    assert '"name": "askwire_statements_seen"' in misled.log_text()  # the stack says where


STRAYS = {
    **{"TASK": "SystemExit: 3", "INTERRUPT": "KeyboardInterrupt:", "FAULT": "LookupError: in a task"},
    **{"LEAVES": "SystemExit: 3", "LATER": "SystemExit: 3"},
    **{"CALLBACK": "LookupError: in a callback", "THREAD": "LookupError: in a thread"},
}


@pytest.mark.parametrize(("what", "fault"), STRAYS.items())
def test_what_a_plugin_starts_neither_ends_the_gateway_nor_fails_unseen(
    misled: GatewayProcess, client: Connection, what: str, fault: str
) -> None:
    before = listed(client)["strays"]["errors"]
    with Others(misled) as others:
        rows(client, f"STRAY {what}")
        while listed(client)["strays"]["errors"] == before:
            time.sleep(0.01)
        others.go_on()
    rows(client, "STRAY DROP")  # a task that is collected is not told of again
    row = listed(client)["strays"]
    assert (row["state"], row["errors"]) == ("on", before + 1)
    assert row["why"].startswith(f"background: {fault}")


def test_a_task_that_holds_the_loop_is_ended(misled: GatewayProcess, client: Connection) -> None:
    with Others(misled) as others:
        rows(client, "HOLD")
        while (row := listed(client)["holds"])["state"] == "on":
            time.sleep(0.01)
        others.go_on()
    assert row["why"] == "background: it held the event loop for more than 0.5 s"
    assert '"name": "holds"' in misled.log_text()  # the stack says where


ROUTES = """
import fastapi
import time

@hookimpl
def askwire_http():
    router = fastapi.APIRouter(prefix="/mine")

    @router.get("/sleeps")
    async def sleeps():
        time.sleep(60)

    return [router]
"""


def test_a_route_that_holds_the_loop_is_ended(gateway_factory: GatewayFactory, tmp_path: Path) -> None:
    for name, text in {"routes": ROUTES, "wrong": ROUTES.replace("[router]", "['no router']")}.items():
        (tmp_path / f"{name}.py").write_text(HEAD + text)
        (tmp_path / f"{name}.py").chmod(0o600)
    settings = {
        "plugins": {"folder": str(tmp_path), "off": OFF, "time_limit_s": 0.5},
        "admin": {"listen": "127.0.0.1:0"},
    }
    with admin_of(gateway_factory(**settings)) as admin, admin.client() as http, closing(admin.connect()) as client:
        with Others(admin.gateway) as others:
            answer = http.get("/v1/mine/sleeps")
            others.go_on()
        assert error(answer, 500)["message"].startswith("The plugin 'routes' failed")
        assert http.get("/v1/status").status_code == 200
        there = listed(client)
        assert (there["routes"]["state"], there["routes"]["errors"]) == ("on", 1)
        assert there["routes"]["why"] == "askwire_http: it held the event loop for more than 0.5 s"
        assert there["wrong"]["why"].startswith("askwire_http: ")


TRANSFORMS = """
import time

class Transform:
    identity = "x"

    async def check(self, text, facts):
        time.sleep(60)

@hookimpl
def askwire_result_transform(user):
    return Transform() if user == "open" else None
"""


def test_a_transform_that_holds_the_loop_ends_its_session_alone(
    gateway_factory: GatewayFactory, tmp_path: Path
) -> None:
    (tmp_path / "transforms.py").write_text(HEAD + TRANSFORMS)
    (tmp_path / "transforms.py").chmod(0o600)
    plugins = {"folder": str(tmp_path), "off": OFF, "time_limit_s": 0.5}
    with gateway_factory(plugins=plugins) as gateway, Others(gateway) as others:
        with pytest.raises(pymysql.MySQLError):  # at its first statement, which PyMySQL sends by itself
            pymysql.connect(host="127.0.0.1", port=gateway.port, user="open", database="shop")
        others.go_on()
        with closing(connect(gateway)) as client:
            row = listed(client)["transforms"]
    assert (row["state"], row["errors"]) == ("on", 1)
    assert row["why"] == "askwire_result_transform.check: it held the event loop for more than 0.5 s"


KEEPS = """
import asyncio
import threading
import time
from contextlib import asynccontextmanager

@hookimpl
def askwire_lifespan():
    return life()

@asynccontextmanager
async def life():
    threading.Thread(target=time.sleep, args=(600,), name="hung").start()
    waiting = [asyncio.create_task(asyncio.to_thread(time.sleep, 600)) for _ in range(99)]
    yield
"""


def test_threads_that_hang_take_nothing_from_the_gateway_and_do_not_keep_it(
    gateway_factory: GatewayFactory, tmp_path: Path
) -> None:
    (tmp_path / "keeps.py").write_text(HEAD + KEEPS)
    (tmp_path / "keeps.py").chmod(0o600)
    settings = {"plugins": {"folder": str(tmp_path), "off": OFF}, "admin": {"listen": "127.0.0.1:0"}}
    with admin_of(gateway_factory(**settings)) as admin:
        assert admin.client("").get("/ready").status_code == 200
        with closing(admin.connect()) as client:
            assert rows(client, "SELECT 1") == ((1,),)
        admin.gateway.process.terminate()
        assert admin.gateway.process.wait(timeout=60) == 1
    assert "ended_by_force" in admin.gateway.log_text()
    assert '"hung"' in admin.gateway.log_text()


def test_each_call_is_traced_in_the_log(misled: GatewayProcess, client: Connection) -> None:
    rows(client, "SHOW AI STATUS")
    traced = [json.loads(line) for line in misled.log_text().splitlines() if '"event": "hook"' in line]
    assert {"plugin", "hook", "seconds"} <= set(traced[0])
    assert ("gateway", "askwire_status") in {(line["plugin"], line["hook"]) for line in traced}


def test_the_command_lists_the_same(misled: GatewayProcess, client: Connection) -> None:
    config = misled.log_path.parent / "askwire.toml"
    environment = {**clean_environment(), "COLUMNS": "40"}  # nothing is cut where no terminal is
    listing = subprocess.run(
        [str(ASKWIRE), "plugins", "--config", str(config)], env=environment, capture_output=True, text=True, check=True
    ).stdout
    for name, row in listed(client).items():
        if row["source"] != "askwire":
            assert f" {name} " in listing
    assert "held the event loop for more than 2 s" in listing
