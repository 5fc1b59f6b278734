from dataclasses import replace

from plugins.answered import AnsweredStatement, Facts, Stage
from plugins.builtin.audit.record import MAX_MESSAGE, MAX_NAME, MAX_NAMES, as_record

EVENT = AnsweredStatement(
    id="7", stage=Stage.ANSWERED, at=1_790_000_000.0, upstream="mysql://h", session=5, user="ann", account="ann@%",
    client="127.0.0.1:1", database="shop", name="ask", text="ASK 'x'", seconds=0.12345678, rows=0,
    facts=Facts("x", "SELECT 1", ("shop.people",), ("guide.md",), "house"),
)  # fmt: skip


def test_what_a_line_says() -> None:
    record = as_record(EVENT)
    assert record.pop("at").startswith("2026-09-21T")
    assert record == {
        "event": "answered",
        "id": "7",
        "statement": "ask",
        "account": "ann@%",
        "user": "ann",
        "client": "127.0.0.1:1",
        "session": 5,
        "upstream": "mysql://h",
        "database": "shop",
        "text": "ASK 'x'",
        "question": "x",
        "sql": "SELECT 1",
        "tables": ["shop.people"],
        "passages": ["guide.md"],
        "model": "house",
        "rows": 0,
        "seconds": 0.123457,
    }


def test_what_is_empty_is_left_out() -> None:
    bare = as_record(replace(EVENT, text="", database=None, rows=None, account="", facts=Facts(), withheld=True))
    assert not bare.keys() & {"text", "database", "rows", "account", "question", "sql", "tables", "passages", "model"}
    assert bare["withheld"] is True
    assert "withheld" not in as_record(EVENT)


def test_an_error() -> None:
    failed = replace(EVENT, stage=Stage.FAILED, error=(1064, "42000", "x" * 9000))
    assert as_record(failed)["error"] == {"number": 1064, "sqlstate": "42000", "message": "x" * MAX_MESSAGE}


def test_names_have_bounds() -> None:
    many = as_record(replace(EVENT, facts=Facts(tables=tuple(f"{n:0900}" for n in range(300)), passages=("a" * 501,))))
    assert len(many["tables"]) == MAX_NAMES
    assert {len(name) for name in (*many["tables"], *many["passages"])} == {MAX_NAME}
