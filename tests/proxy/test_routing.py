"""Which statements are taken, and which are the database's. Legal SQL always wins."""

import re

import pytest

from plugins import Answer, Done, Session, Statement
from proxy.routing import KILL, WARNINGS, Router, Seen, outer_select, placeholders, seen


async def _answer(_session: Session, _text: str) -> Answer:
    return Done()


STATEMENTS = [
    Statement("ask", _answer, opening=("ASK",)),
    Statement("marked", _answer, marker="nl"),
    Statement("from", _answer, function="ASK"),
    Statement("select ai", _answer, opening=("SELECT", "AI"), accepts=lambda text: text.endswith("!")),
    Statement("explain", _answer, opening=("EXPLAIN", "AI"), accepts=lambda text: "SELECT" in text.upper()),
    Statement("broken", _answer, opening=("BROKEN",), accepts=lambda text: bool(1 // 0)),
    Statement("history", _answer, opening=("SHOW", "AI", "HISTORY")),
    Statement("option", _answer, opening=("SET", "ASK")),
]
ROUTER = Router(STATEMENTS)

TAKEN = {
    "ASK 'q'": ("ask", "ASK 'q'"),
    "ask 'q';": ("ask", "ask 'q'"),
    "ASK": ("ask", "ASK"),
    "ASK'q'": ("ask", "ASK'q'"),
    'ASK"q"': ("ask", 'ASK"q"'),
    "  \r\n\t\v\f ASK 'q' ; ; \n": ("ask", "ASK 'q'"),
    "/* ApplicationName=DBeaver 24.1 */ ASK 'q'": ("ask", "ASK 'q'"),
    "/**/ASK 'q'": ("ask", "ASK 'q'"),
    "/***/ASK 'q'": ("ask", "ASK 'q'"),
    "/*/*/ASK 'q'": ("ask", "ASK 'q'"),
    "/*+ hint */ASK 'q'": ("ask", "ASK 'q'"),
    "-- comment\nASK 'q'": ("ask", "ASK 'q'"),
    "--\tcomment\n-- more\n# third\nASK 'q'": ("ask", "ASK 'q'"),
    "--\nASK 'q'": ("ask", "ASK 'q'"),
    "ASK 'q' -- ;\n;": ("ask", "ASK 'q' --"),
    "ASK /* x */ SQL 'q'": ("ask", "ASK /* x */ SQL 'q'"),
    "/*nl*/ how many": ("marked", "/*nl*/ how many"),
    "/* lead */ /*NL*/how many; ": ("marked", "/*NL*/how many"),
    "-- x\n/*nl*/ SELECT 'q'": ("marked", "/*nl*/ SELECT 'q'"),
    "/* nl */\nSELECT\n  'q'\nLIMIT 5": ("marked", "/* nl */\nSELECT\n  'q'\nLIMIT 5"),
    "SELECT * FROM ASK('q') AS t": ("from", "SELECT * FROM ASK('q') AS t"),
    "select * from ask ('q')": ("from", "select * from ask ('q')"),
    "SELECT * FROM/**/ASK\n('q')": ("from", "SELECT * FROM/**/ASK\n('q')"),
    "SELECT * FROM t, ask('q')": ("from", "SELECT * FROM t, ask('q')"),
    "SELECT * FROM t JOIN ask('q') ON 1": ("from", "SELECT * FROM t JOIN ask('q') ON 1"),
    "(SELECT * FROM ask('q'))": ("from", "(SELECT * FROM ask('q'))"),
    "( ( /* x */ SELECT 1 FROM ask('q')))": ("from", "( ( /* x */ SELECT 1 FROM ask('q')))"),
    "WITH a AS (SELECT 1) SELECT * FROM ask('q')": ("from", "WITH a AS (SELECT 1) SELECT * FROM ask('q')"),
    "/* x */ SELECT '(' FROM ask('q')": ("from", "/* x */ SELECT '(' FROM ask('q')"),
    "SELECT AI how many!": ("select ai", "SELECT AI how many!"),
    "select  /**/ ai\nhow many!;": ("select ai", "select  /**/ ai\nhow many!"),
    "EXPLAIN AI SELECT 1": ("explain", "EXPLAIN AI SELECT 1"),
    "SHOW AI HISTORY": ("history", "SHOW AI HISTORY"),
    "show/* */ai -- x\nhistory;": ("history", "show/* */ai -- x\nhistory"),
    "SET ASK limit = 5": ("option", "SET ASK limit = 5"),
}
RELAYED = [
    "",
    ";",
    "   ",
    "SELECT 1",
    "ASKING 'q'",
    "ASK_ 'q'",
    "ASK$ 'q'",
    "ASK1",
    "ASKé",
    "ASK\udce9",
    "`ASK` 'q'",
    "A SK 'q'",
    "/*! ASK 'q' */",
    "/*!50000 ASK 'q' */",
    "/*M! ASK 'q' */",
    "/*M!100100 ASK 'q' */",
    "/*/ ASK 'q'",
    "/* ASK 'q'",
    "--ASK 'q'",
    "--x\nASK 'q'",
    "\\ASK 'q'",
    "EXPLAIN ai col",
    "EXPLAIN ai",
    "EXPLAIN AI_t",
    "SELECT ai chat FROM t",
    "SELECT AI",
    "SELECT ask('q')",
    "SELECT ask ('q') FROM t",
    "SELECT 'FROM ask(1)'",
    'SELECT "FROM ask(1)"',
    "SELECT `FROM ask(1)` FROM t",
    "SELECT 1 /* FROM ask('q') */",
    "SELECT 1 -- FROM ask('q')",
    "SELECT 1 # FROM ask('q')",
    "SELECT 'it''s FROM ask(1)'",
    "SELECT 'it\\'s FROM ask(1)'",
    "SELECT 'open FROM ask(1)",
    "SELECT * FROM t WHERE ask('q')",
    "SELECT * FROM basket('q')",
    "SELECT * FROM db.ask('q')",
    "SELECT * FROM asks('q')",
    "SELECT * FROM ask t",
    "INSERT INTO t SELECT * FROM ask('q')",
    "SHOW AI",
    "SHOW AIHISTORY",
    "SHOW AI HISTORYX",
    "SET ASKED = 1",
    "SET @ask = 1",
    "BROKEN",
    "/* nl x */ SELECT 1",
    "/*nl2*/ SELECT 1",
    "A\u017fK 'q'",
    "AS\u212a 'q'",
    "SELECT 1 AS éFROM ASK('q')",
    "SELECT 1 AS $from, t.from ASK('q')",
    "EXPLAIN\u00a0AI SELECT 1",
    "\u00a0ASK 'q'",
    "\u2003ASK 'q'",
    "\x1cASK 'q'",
    "\x85ASK 'q'",
]


def raw(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


@pytest.mark.parametrize("text", TAKEN)
def test_taken(text: str) -> None:
    assert ROUTER.may_take(raw(text), 0)
    assert ROUTER.may_take(b"\x03\0\1" + raw(text), 3)
    route = ROUTER.find(text)
    assert route is not None
    assert (route.statement.name, route.text) == TAKEN[text]


@pytest.mark.parametrize("text", RELAYED)
def test_relayed(text: str) -> None:
    assert ROUTER.find(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 1",
        "SELECT c FROM sbtest1 WHERE id=5",
        "INSERT INTO t VALUES (1)",
        "UPDATE t SET a = 1",
        "COMMIT",
        "BEGIN",
        "",
        "ASKING",
    ],
)
def test_the_first_look_suffices(text: str) -> None:
    assert not ROUTER.may_take(raw(text), 0)


@pytest.mark.parametrize(
    "text",
    [
        "USE shop",
        "create table t (n int)",
        "  DROP TABLE t",
        "KILL 5",
        "SHOW WARNINGS",
        "/**/show errors",
        "SHOW COUNT(*) WARNINGS",
    ],
)
def test_the_second_look_for_the_gateways_own(text: str) -> None:
    assert ROUTER.may_take(raw(text), 0)
    assert ROUTER.find(text) is None


def test_nothing_registered() -> None:
    router = Router([])
    assert not any(router.may_take(raw(text), 0) for text in ("ASK 'q'", "SELECT * FROM ask('q')", "(SELECT 1)"))
    assert all(router.find(text) is None for text in TAKEN)
    assert router.may_take(b"KILL 5", 0)


def test_the_first_registered_wins() -> None:
    assert [ROUTER.find(t).statement.name for t in ("ASK 'q'",)] == ["ask"]  # type: ignore[union-attr]
    twice = Router([Statement("one", _answer, opening=("ASK",)), Statement("two", _answer, opening=("ASK",))])
    route = twice.find("ASK")
    assert route is not None
    assert route.statement.name == "one"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("USE shop", Seen.USE),
        ("  /* x */ use shop", Seen.USE),
        *(
            (f"{word} TABLE t", Seen.SCHEMA)
            for word in ("CREATE", "alter", "DROP", "RENAME", "TRUNCATE", "GRANT", "REVOKE")
        ),
        ("USER", None),
        ("SELECT 1", None),
        ("", None),
        ("'USE'", None),
        ("CREATED", None),
    ],
)
def test_seen(text: str, kind: Seen | None) -> None:
    assert seen(text) is kind


@pytest.mark.parametrize(
    ("text", "count", "what"),
    [
        ("SHOW WARNINGS", False, "WARNINGS"),
        ("show\n/* */errors", False, "errors"),
        (" SHOW COUNT(*) WARNINGS", True, "WARNINGS"),
        ("show count ( * ) errors;", True, "errors"),
        ("SHOW WARNINGS LIMIT 5", False, "WARNINGS"),
    ],
)
def test_show_warnings(text: str, count: bool, what: str) -> None:
    match = WARNINGS.match(text)
    assert match is not None
    assert (bool(match[1]), match[2]) == (count, what)


@pytest.mark.parametrize("text", ["SHOW WARNINGSX", "SHOWWARNINGS", "SHOW COUNT(x) WARNINGS", "SHOW STATUS"])
def test_not_show_warnings(text: str) -> None:
    assert WARNINGS.match(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "KILL 5",
        "kill query 5",
        "KILL CONNECTION 5;",
        "KILL HARD 5",
        " KILL /**/ SOFT QUERY\n5 -- now\n;",
        "KILL 18446744073709551615",
    ],
)
def test_kill(text: str) -> None:
    match = KILL.match(text)
    assert match is not None
    assert int(match[2]) in (5, 2**64 - 1)


@pytest.mark.parametrize(
    "text",
    [
        "KILL",
        "KILL x",
        "KILL 5 6",
        "KILL USER app",
        "KILL QUERY ID 5",
        "KILL -5",
        "KILL @a",
        "KILL ٥",
        "KILL " + "9" * 5000,
    ],
)
def test_not_a_kill_that_concerns_the_gateway(text: str) -> None:
    """The last one is no number that Python would read."""
    assert KILL.match(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ASK ?", [4]),
        ("?,?", [0, 2]),
        ("'?' \"?\" `?` /* ? */ ? -- ?", [20]),
        ("'it''s ?' ?", [10]),
        ("'\\'?' ?", [6]),
        ("# ?\n?", [4]),
        ("'open ?", []),
        ("/* open ?", []),
    ],
)
def test_placeholders(text: str, expected: list[int]) -> None:
    assert placeholders(text) == expected


@pytest.mark.parametrize(
    "piece",
    [
        " ",
        "/**/",
        "/*",
        "*/",
        "-- \n",
        "--",
        "#",
        "'",
        '"',
        "`",
        "\\",
        "''",
        ",",
        "(",
        "ask(",
        "ask ",
        "FROM ",
        "FROM/*",
        ", /*x*/",
        "SHOW ",
        "ASK ",
        "KILL 5 ",
        "/*nl",
        "SELECT ",
        "*",
        "/",
        "?",
        "\0",
        "é",
        "\ud8ff".encode("utf-8", "surrogatepass").decode("utf-8", "surrogateescape"),
    ],
)
@pytest.mark.timeout(20)
def test_large_hostile_texts(piece: str) -> None:
    """Each is a megabyte, more than is ever looked at; quadratic work would take hours."""
    body = piece * (1_000_000 // len(piece))
    for head in ("", "SELECT ", "ASK ", "/*nl*/", "SELECT 1 FROM ", "SHOW ", "KILL ", "-- ", "/*", "(SELECT "):
        text = head + body
        data = raw(text)
        if ROUTER.may_take(data, 0):
            ROUTER.find(text)
            WARNINGS.match(text)
            KILL.match(text)
            seen(text)
        outer_select(text)
    placeholders(body)


@pytest.mark.parametrize(
    ("text", "behind"),
    [
        ("SELECT 1", "SELECT"),
        ("select\n1", "select"),
        ("/* a */ ((SELECT 1) UNION SELECT 2)", "/* a */ ((SELECT"),
        ("EXPLAIN FORMAT=JSON SELECT 1", "EXPLAIN FORMAT=JSON SELECT"),
        ("WITH a AS (SELECT 1), b AS (SELECT (2)) SELECT * FROM a", "WITH a AS (SELECT 1), b AS (SELECT (2)) SELECT"),
        ("WITH a AS (SELECT ') SELECT') SELECT 1", "WITH a AS (SELECT ') SELECT') SELECT"),
        ("WITH a AS (SELECT 1 /* ) SELECT */) SELECT 1", "WITH a AS (SELECT 1 /* ) SELECT */) SELECT"),
        ("WITH `SELECT` AS (SELECT 1) SELECT 1", "WITH `SELECT` AS (SELECT 1) SELECT"),
        ("WITH a AS (SELECT 1) UPDATE t SET n = (SELECT 1)", None),
        ("INSERT INTO t SELECT 1", None),
        ("SHOW TABLES", None),
        ("selected", None),
        ("EXPLAIN UPDATE t SET n = 1", None),
        ("WITH a AS (SELECT 1", None),
        ("", None),
    ],
)
def test_the_outer_select(text: str, behind: str | None) -> None:
    at = outer_select(text)
    assert (None if at is None else text[:at]) == behind


def test_every_pattern_that_repeats_a_choice_is_possessive() -> None:
    """No part of a text is tried twice: ``(…|…)*`` without ``+`` behind it would be."""
    sources = [WARNINGS.pattern, KILL.pattern, *(p.pattern.decode() for p in ROUTER._quick.values() if p)]
    sources += [p.pattern for p, _ in (*ROUTER._openings, *ROUTER._functions)]
    for source in sources:
        assert not re.search(r"\)[*](?![+])", source), source
