import pytest

from plugins import UpstreamError
from proxy.upstreams.metadata.words import Words, split_at_commas, words_of


def texts(sql: str) -> list[str]:
    return [word.text for word in words_of(sql)]


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("SHOW FULL TABLES", ["SHOW", "FULL", "TABLES"]),
        ("show /* x */ tables -- y\n;;", ["show", "tables"]),
        ("SET a='x y', `b c`=1", ["SET", "a", "=", "x y", ",", "b c", "=", "1"]),
        ("SHOW CHARACTER   SET", ["SHOW", "CHARACTER", "SET"]),
        ("SELECT /*+ hint(a) */ 1", ["SELECT", "1"]),
        ("';'", [";"]),
        ("", []),
    ],
)
def test_words(sql: str, words: list[str]) -> None:
    assert texts(sql) == words


def test_where_words_stand() -> None:
    sql = "SHOW CHARACTER  SET LIKE 'a''b'"
    found = words_of(sql)
    assert [sql[word.start : word.end] for word in found] == ["SHOW", "CHARACTER", "SET", "LIKE", "'a''b'"]
    assert (found[-1].text, found[-1].quoted, found[-1].string) == ("a'b", True, True)


@pytest.mark.parametrize("sql", ["SHOW 'never closed", "SHOW `never closed", "/* never closed"])
def test_what_cannot_be_read(sql: str) -> None:
    with pytest.raises(UpstreamError) as error:
        words_of(sql)
    assert error.value.number == 1064


def test_a_statement_from_left_to_right() -> None:
    words = Words("SHOW full COLUMNS FROM `a b`.c LIKE 'x%' WHERE 1")
    words.expect("SHOW", "FULL")
    assert words.sees("COLUMNS", "FROM")
    assert not words.accept("TABLES")
    assert words.accept_one("FIELDS", "COLUMNS") == "COLUMNS"
    assert words.accept_one("IN") is None
    words.expect("FROM")
    assert words.qualified_name() == ("a b", "c")
    words.expect("LIKE")
    assert words.string() == "x%"
    assert words.rest == "WHERE 1"
    assert words.take().text == "WHERE"
    assert words.name() == "1"
    assert words.done
    assert words.rest == ""
    words.finish()


@pytest.mark.parametrize(
    ("sql", "read"),
    [
        ("", lambda words: words.take()),
        ("x", lambda words: words.expect("SHOW")),
        ("`SHOW`", lambda words: words.expect("SHOW")),
        ("'x'", lambda words: words.name()),
        ("(x)", lambda words: words.name()),
        ("x", lambda words: words.string()),
        ("`x`", lambda words: words.string()),
        ("x.", lambda words: words.qualified_name()),
        ("x", lambda words: words.finish()),
    ],
)
def test_what_does_not_fit(sql: str, read: object) -> None:
    with pytest.raises(UpstreamError) as error:
        read(Words(sql))  # type: ignore[operator]
    assert (error.value.number, error.value.sqlstate) == (1064, "42000")


def test_parts_between_commas() -> None:
    sql = "a = f(1, 2), b = ',', `,` = 3"
    assert [[word.text for word in part] for part in split_at_commas(sql, words_of(sql))] == [
        ["a", "=", "f", "(", "1", ",", "2", ")"],
        ["b", "=", ","],
        [",", "=", "3"],
    ]
