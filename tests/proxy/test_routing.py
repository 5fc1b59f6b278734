"""What the gateway takes; everything else is relayed."""

from typing import Any

import pytest

from plugins import Statement
from proxy.routing import KILL, WARNINGS, Router, Seen, placeholders, seen


async def _handle(_session: Any, _text: str) -> Any:
    return None


def raises(_text: str) -> bool:
    raise RuntimeError("a plugin's fault")


ROUTER = Router(
    [
        Statement("ask", _handle, opening=("ASK",)),
        Statement("nl", _handle, marker="nl"),
        Statement("call", _handle, function="ASK"),
        Statement("explain", _handle, opening=("EXPLAIN", "AI"), accepts=lambda text: "SELECT" in text),
        Statement("set", _handle, opening=("SET", "ASK"), accepts=lambda text: "=" in text and len(text.split()) > 4),
        Statement("broken", _handle, opening=("BROKEN",), accepts=raises),
    ]
)
TAKEN = [
    ("ASK 'x'", "ask", "ASK 'x'"),
    ("  /* a */ -- b\n # c\n ask 'x' ; ; ", "ask", "ask 'x'"),
    ("/* ApplicationName=DBeaver */ ASK 'x'", "ask", "ASK 'x'"),
    ("/*nl*/ top five", "nl", "/*nl*/ top five"),
    ("/* a */ /*NL*/ SELECT 'x';", "nl", "/*NL*/ SELECT 'x'"),
    ("SELECT t.a FROM ASK('q') AS t", "call", "SELECT t.a FROM ASK('q') AS t"),
    ("select * from x, ask ( 'q') t", "call", "select * from x, ask ( 'q') t"),
    ("WITH a AS (SELECT 1) SELECT * FROM a JOIN/**/ASK('x') b", "call", None),
    ("(SELECT 1 FROM ASK('x') t)", "call", None),
    ("EXPLAIN /* why */ AI SELECT 1", "explain", None),
    ("SET ASK limit = 3", "set", None),
]
RELAYED = [
    "",
    ";",
    "askew",
    "ask_me 'x'",
    "--ASK 'x'",
    "/*! ASK 'x' */",
    "/*M! ASK 'x' */",
    "/*!50000 SELECT */ 1",
    "SELECT 'FROM ASK('",
    "SELECT 1 -- FROM ASK('x')",
    "SELECT `from ask('x')` FROM t",
    "SELECT ask('x')",
    "SELECT 1 FROM mask('x')",
    "INSERT INTO t SELECT * FROM ASK('x') t",
    "EXPLAIN ai_table",
    "EXPLAIN ai",
    "SET ask = 1",
    "SHOW AIRPORTS",
    "BROKEN 'x'",
    "SELECT 1; ASK 'x'",
    "/* ASK 'x'",
    "\x00\xff\xfe",
]


@pytest.mark.parametrize(("text", "name", "own"), TAKEN)
def test_taken(text: str, name: str, own: str | None) -> None:
    assert ROUTER.may_take(text.encode(), 0)
    route = ROUTER.find(text)
    assert route is not None
    assert (route.statement.name, route.text) == (name, text if own is None else own)


@pytest.mark.parametrize("text", RELAYED)
def test_relayed(text: str) -> None:
    assert ROUTER.find(text) is None


@pytest.mark.parametrize(
    "text", ["INSERT INTO ask VALUES (1)", "SELECT c FROM t WHERE id=1", "UPDATE t SET a=1", "askew"]
)
def test_the_first_look_passes_what_is_plain(text: str) -> None:
    assert not ROUTER.may_take(text.encode(), 0)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT " + "FROM " * 100_000,
        "SELECT " + "'" * 400_001,
        "SELECT /*" * 50_000,
        "SELECT " + "FROM/**/" * 50_000,
        "(" * 400_000,
        "SELECT" + " " * 400_000 + "ask (",
        "/*" * 200_000,
        "KILL" + " " * 400_000 + "x",
    ],
)
def test_a_hostile_text_costs_no_more_than_its_length(text: str) -> None:
    """A pattern that went back and forth would take minutes here, and the run's time limit ends it."""
    ROUTER.may_take(text.encode(), 0)
    assert ROUTER.find(text) is None
    assert KILL.match(text) is None
    assert WARNINGS.match(text) is None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("USE shop", Seen.USE),
        ("/* x */ create table t (a int)", Seen.SCHEMA),
        ("GRANT SELECT ON t TO u", Seen.SCHEMA),
        ("SELECT 1", None),
        ("created", None),
    ],
)
def test_what_a_relayed_statement_tells(text: str, kind: Seen | None) -> None:
    assert seen(text) is kind


@pytest.mark.parametrize(
    ("text", "query", "connection"),
    [("KILL QUERY 12", "QUERY", "12"), ("kill 7 ;", None, "7"), ("KILL HARD CONNECTION 9", "CONNECTION", "9")],
)
def test_kill(text: str, query: str | None, connection: str) -> None:
    match = KILL.match(text)
    assert match is not None
    assert (match[1], match[2]) == (query, connection)


def test_placeholders_stand_outside_strings_and_comments() -> None:
    text = "ASK ? /* ? */ LIMIT ? -- ?\n '?' \"?\" `?` ?"
    assert [text[at] for at in placeholders(text)] == ["?"] * 3
    assert placeholders(text)[-1] == len(text) - 1
