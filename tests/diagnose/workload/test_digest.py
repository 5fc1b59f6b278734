import pytest

from diagnose.workload.digest import DIGEST_CHARS, Digests, fingerprint


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SELECT * FROM t WHERE a = 1", "select  *\nfrom t where a=22 -- why\n"),
        ("SELECT * FROM t WHERE a = 'x'", "SELECT * FROM t WHERE a = 'it''s; -- \\' 2'"),
        ("SELECT * FROM t WHERE a IN (1, 2)", "SELECT * FROM t WHERE a IN (3,4,5,'6')"),
        ("SELECT * FROM t WHERE a IN (1, -2)", "SELECT * FROM t WHERE a IN (-3)"),
        ("SELECT * FROM t LIMIT 10", "SELECT * FROM t LIMIT 20;"),
        ("INSERT INTO t VALUES (1, 'a')", "INSERT INTO t VALUES (2, 'b'), (3, 'c'), (4, 'd')"),
        ("SELECT -1", "SELECT 5"),
        ("SELECT x'41'", "SELECT x'4242'"),
        ("SELECT /* app:1 */ a FROM t", "SELECT a FROM t # app:2"),
    ],
)
def test_statements_that_differ_in_values_are_the_same(one: str, other: str) -> None:
    digests = Digests()
    assert digests.of(one) == digests.of(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SELECT a FROM t", "SELECT b FROM t"),
        ("SELECT a FROM t1", "SELECT a FROM t2"),
        ("SELECT `a 1` FROM t", "SELECT `a 2` FROM t"),
        ("SELECT a FROM t WHERE a = 1", "SELECT a FROM t WHERE a > 1"),
        ("SELECT a FROM t", "SELECT a FROM t LIMIT 1"),
    ],
)
def test_other_statements_are_others(one: str, other: str) -> None:
    digests = Digests()
    assert digests.of(one).key != digests.of(other).key


@pytest.mark.parametrize(
    "text",
    [
        "",
        "CALL p(1)",
        "CREATE TABLE t (a INT) ENGINE=InnoDB ROW_FORMAT=x COMMENT 'y'",
        "SELEC nonsense 'open",
        "SHOW TABLES",
        "((((",
        "SELECT " + "(" * 3000,
        "x" * 100_000,
        "'\udc80",
    ],
)
def test_any_text_has_one(text: str) -> None:
    digest = Digests().of(text)
    assert len(digest.key) == 16
    assert len(digest.text) <= DIGEST_CHARS


def test_no_value_is_in_a_digest() -> None:
    sql = "INSERT INTO cards (n, owner) VALUES ('4111 1111', \"Ann\"), ('5222', 'Bob') ON DUPLICATE KEY UPDATE n = '77'"
    for text in (sql, sql + " garbage ((", sql.replace("VALUES", "VALUE") + "," * 5):
        shown = Digests().of(text).text
        assert not [value for value in ("4111", "5222", "Ann", "Bob", "77") if value in shown], shown


def test_a_bulk_insert_is_normalised_as_text() -> None:
    many = "INSERT INTO t VALUES " + ", ".join(f"({n}, 'x', NULL)" for n in range(5000))
    assert Digests().of(many).text == "INSERT INTO t VALUES (?, ?, NULL)"


def test_the_cache_is_bounded() -> None:
    digests = Digests(cached=2)
    keys = [digests.of(f"SELECT {letter} FROM t").key for letter in "abcabc"]
    assert keys[:3] == keys[3:]


def test_a_fingerprint_takes_linear_time() -> None:
    assert len(fingerprint("(?, " * 200_000)) <= 4 * DIGEST_CHARS
    assert fingerprint("/* " * 200_000) == ""
