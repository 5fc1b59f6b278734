"""No text makes the routing raise, and the first look never hides a statement from the second."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from nl2sql.compose import accepts_compose
from nl2sql.statements import accepts_select_ai, accepts_set
from plugins import Statement
from proxy.routing import KILL, WARNINGS, Router, placeholders, seen
from tests.proxy.test_routing import STATEMENTS, _answer

ROUTER = Router(STATEMENTS)
OURS = Router(
    [
        Statement("ask", _answer, opening=("ASK",)),
        Statement("marker", _answer, marker="nl"),
        Statement("compose", _answer, function="ASK", accepts=accepts_compose),
        Statement("select ai", _answer, opening=("SELECT", "AI"), accepts=accepts_select_ai),
        Statement("set", _answer, opening=("SET", "ASK"), accepts=accepts_set),
    ]
)

leads = st.lists(
    st.sampled_from(
        [
            " ",
            "\t",
            "\r\n",
            "\v",
            "\f",
            "/**/",
            "/* x */",
            "/***/",
            "-- c\n",
            "--\n",
            "# c\n",
            "/*nl */",
            "/*+ x */",
            "\x00",
            "\xa0",
        ]
    ),
    max_size=6,
).map("".join)
words = st.sampled_from(
    [
        *("ASK", "ask", "SELECT", "AI", "WITH", "SHOW", "SET", "KILL", "EXPLAIN", "HISTORY", "FROM", "JOIN", "USE"),
        *(
            "ask('q')",
            "ASK (",
            "'q'",
            "5",
            ",",
            "(",
            ")",
            "/*nl*/",
            "/*NL*/",
            "limit",
            "=",
            "?",
            ";",
            "!",
            "`",
            "'",
            '"',
        ),
        *("/*", "*/", "--", "#", "/*!", "\\", "é", "\udce9", "ſ", "K", "x"),
    ]
)
sentences = st.lists(st.tuples(leads, words), max_size=8).map(lambda parts: "".join(a + b for a, b in parts))
texts = st.one_of(
    sentences, st.text(max_size=60), st.binary(max_size=60).map(lambda b: b.decode("utf-8", "surrogateescape"))
)


def raw(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def decodable(text: str) -> bool:
    """Only what bytes of a client can decode to."""
    try:
        return raw(text).decode("utf-8", "surrogateescape") == text
    except UnicodeEncodeError:
        return False


@given(texts)
@settings(max_examples=1500)
@example("/*nl*/")
@example("(ask(")
@example("/*nl*/ /*nl*/ASK")
def test_what_find_takes_is_let_through(text: str) -> None:
    if not decodable(text):
        return
    for router in (ROUTER, OURS):
        route = router.find(text)
        if route is not None:
            assert router.may_take(raw(text), 0)
            assert route.text in text
        if seen(text) is not None or KILL.match(text) or WARNINGS.match(text):
            assert router.may_take(raw(text), 0)


@given(
    st.lists(st.sampled_from([" ", "\n", "/* a */", "/**/", "-- b\n", "# c\n", "/*+ d */"]), max_size=8).map("".join)
)
def test_any_lead(lead: str) -> None:
    for text in ("ASK 'q'", "/*nl*/ q", "SELECT * FROM ask('q')", "(SELECT * FROM ask('q'))", "SHOW AI HISTORY"):
        assert ROUTER.find(lead + text) is not None
        assert ROUTER.may_take(raw(lead + text), 0)


@given(st.text(max_size=80))
def test_a_statement_inside_a_comment_or_string_is_none(inner: str) -> None:
    for head, tail in (("SELECT '", "'"), ("SELECT 1 /* ", " */"), ("SELECT `", "`"), ("SELECT 1 -- ", "\n")):
        if any(mark in inner for mark in ("'", "\\", "*/", "`", "\n", "/")):
            return
        assert (
            ROUTER.find(
                f"{head}{inner} FROM ask('{tail}" if head == "SELECT 1 -- " else f"{head}{inner} FROM ask({tail}"
            )
            is None
        )


@given(texts)
def test_placeholders_stand_where_they_are_said_to(text: str) -> None:
    found = placeholders(text)
    assert all(text[at] == "?" for at in found)
    assert found == sorted(set(found))


@given(st.binary(max_size=200), st.integers(0, 210))
def test_any_bytes(data: bytes, at: int) -> None:
    assert ROUTER.may_take(data, at) in (True, False)
    text = data.decode("utf-8", "surrogateescape")
    ROUTER.find(text)
    OURS.find(text)
