"""What authors of plugins do by mistake, each in a plugin of its own, all in one real gateway."""

import subprocess
from collections.abc import Iterator
from contextlib import closing

import pymysql
import pytest

from tests.conftest import GatewayFactory
from tests.plugins.test_gateway import listed, rows
from tests.proxy.admin.conftest import Admin, admin_of
from tests.support.gateway import ASKWIRE, clean_environment

HEAD = """
import asyncio, itertools, signal
from plugins import *
from plugins import hookimpl

class Lost(Exception):
    # as drivers of databases have them
    sqlstate = None

class Unsaid(Exception):
    def __str__(self):
        raise ValueError("no words")
"""
# (hook, what the only line of its function does, what is told of it); the gateway calls each by itself.
WRONG = [
    ("status()", "return 5", "returned something of the type int, not a list"),
    ("status()", "return 'well'", "of the type str, not a list"),
    ("status()", "return [('a', 'b')]", "of the type tuple, which is not"),
    ("status()", "return [StatusItem('a', 1)]", "a status has two texts"),
    ("async status()", "return []", "of the type coroutine, not a list"),
    ("status()", "return itertools.repeat(StatusItem('a', 'b'))", "more than 10000"),
    ("status()", "raise ValueError('x' * 10_000_000)", "ValueError: xxx"),
    ("status()", "return askwire_status()", "RecursionError"),
    ("status()", "raise Unsaid", "Unsaid: it cannot even say"),
    ("statements()", "return [5]", "of the type int, which is not"),
    ("statements()", "return Statement('x', print, ('X',))", "of the type Statement, not a list"),
    ("statements()", "return [Statement('x', print, 'HELLO')]", "opening is a tuple of words"),
    ("statements()", "return [Statement('x', print, ('',))]", "opening is a tuple of words"),
    ("metrics()", "return 5", "not a list"),
    ("metrics()", "return [5]", "of the type int, which is not"),
    ("http()", "return 5", "not a list"),
    ("settings()", "return 5", "of the type int, which is not"),
    ("lifespan()", "return 5", "of the type int, which is not"),
    ("async lifespan()", "yield", "of the type async_generator, which is not"),
    ("statements_seen(statements)", "return 5", "not a list"),
    ("statements_seen(statements)", "statements.clear()", "AttributeError"),
    ("notes()", "return []", "TypeError"),
    ("async notes()", "return 'a note'", "of the type str, not a list"),
    ("async notes()", "return [Note('x', code=10**9)]", "16 bits"),
    ("async notes()", "raise Lost('its own')", "Lost: its own"),
]


def code_of(hook: str, does: str) -> str:
    word, _, name = hook.rpartition(" ")
    return f"@hookimpl\n{word + ' ' if word else ''}def askwire_{name}: {does}\n"


ACTS = {
    "acts": """
async def handle(session, text):
    loop = asyncio.get_running_loop()
    match text.split()[1]:
        case "STOP":
            loop.stop()
        case "NONE":
            return None
        case "TEXT":
            return "an answer"
        case "WIDTH":
            return Table((Column("a"), Column("b")), [(1,)])
        case "KIND":
            return Table((Column("a", ColumnKind.INTEGER),), [("text",)])
        case "OBJECT":
            return Table((Column("a"),), [(object(),)])
        case "COLUMNS":
            return Table(("a",), [("b",)])
        case "ROWS":
            return Table((Column("a"),), 5)
        case "RUN":
            return Run(5)
        case "UNSAID":
            raise Unsaid
        case "DEEP":
            return await handle(session, text)
        case "FORGETS":
            session.query("SELECT 1")
            return Done()
    return Done()

@hookimpl
def askwire_statements():
    return [Statement("act", handle, ("ACT",))]
""",
    "signals": """
for number in (signal.SIGTERM, signal.SIGINT):
    signal.signal(number, signal.SIG_IGN)
""",
    "commands": code_of("commands()", "return 5"),
    "well": """
@hookimpl
def askwire_status():
    return [StatusItem("well", "yes")]
""",
}


@pytest.fixture(scope="module")
def admin(gateway_factory: GatewayFactory, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Admin]:
    folder = tmp_path_factory.mktemp("clumsy")
    wrong = {f"wrong{number}": code_of(hook, does) for number, (hook, does, _) in enumerate(WRONG)}
    for name, text in {**wrong, **ACTS}.items():
        (folder / f"{name}.py").write_text(HEAD + text)
        (folder / f"{name}.py").chmod(0o600)
    plugins = {"folder": str(folder), "time_limit_s": 0.5, "off": ["knowledge", "models_runtime", "nl2sql", "diagnose"]}
    with admin_of(gateway_factory(plugins=plugins, admin={"listen": "127.0.0.1:0"})) as made:
        yield made


Connection = pymysql.Connection


@pytest.fixture
def client(admin: Admin) -> Iterator[Connection]:
    with closing(admin.connect()) as connection:
        yield connection


@pytest.mark.parametrize("number", range(len(WRONG)), ids=[f"{hook} {does}" for hook, does, _ in WRONG])
def test_what_a_hook_returns_is_its_own_fault(client: Connection, number: int) -> None:
    hook, _, told = WRONG[number]
    while not (row := listed(client)[f"wrong{number}"])["why"]:
        assert ("well", "yes") in rows(client, "SHOW AI STATUS")
        rows(client, "ACT WELL")
        rows(client, "SELECT SLEEP(0.2)")
    assert row["why"].startswith(f"askwire_{hook.rpartition(' ')[2].partition('(')[0]}: ")
    assert told in row["why"]
    assert len(row["why"]) < 400


@pytest.mark.parametrize(
    "what", ["NONE", "TEXT", "WIDTH", "KIND", "OBJECT", "COLUMNS", "ROWS", "RUN", "UNSAID", "DEEP"]
)
def test_a_wrong_answer_is_an_error(client: Connection, what: str) -> None:
    with pytest.raises(pymysql.MySQLError):
        rows(client, f"ACT {what}")
    assert rows(client, "SELECT 1") == ((1,),)


@pytest.mark.parametrize("what", ["STOP", "FORGETS"])
def test_what_does_no_harm(client: Connection, what: str) -> None:
    rows(client, f"ACT {what}")
    assert rows(client, "SELECT 1") == ((1,),)


def test_the_admin_endpoint_goes_on(admin: Admin) -> None:
    with admin.client() as http:
        assert http.get("/v1/status").status_code == 200
        assert "askwire_plugin_errors_total" in http.get("/metrics").text


def test_the_command_line_goes_on(admin: Admin) -> None:
    config = str(admin.gateway.log_path.parent / "askwire.toml")
    done = subprocess.run(
        [str(ASKWIRE), "audit", "show", "--config", config], env=clean_environment(), capture_output=True, text=True
    )
    assert "Traceback" not in done.stdout + done.stderr
    assert "[audit] folder is not set" in done.stderr  # its own error
