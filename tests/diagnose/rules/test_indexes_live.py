"""The index rules on real servers: EXPLAIN AI of a statement that lacks an index, and of one that does not."""

from collections.abc import Iterator

import pytest

from tests.diagnose.servers import Diagnosed

TABLES = (
    "CREATE TABLE ix_small (id INT NOT NULL PRIMARY KEY, grp INT NOT NULL)",
    "INSERT INTO ix_small SELECT seq, seq % 7 FROM diag_numbers WHERE seq <= 1500",
    "CREATE TABLE ix_rows (id INT NOT NULL PRIMARY KEY, a INT NOT NULL, b INT NOT NULL, c INT NOT NULL, "
    "ref INT NOT NULL, state VARCHAR(10) NOT NULL, code VARCHAR(20), note VARCHAR(200))",
    "INSERT INTO ix_rows SELECT seq, seq / 10, seq % 97, seq % 5003, (seq * 7) % 1500 + 1, "
    "CASE WHEN seq % 3 = 0 THEN 'open' ELSE 'closed' END, CASE WHEN seq % 11 = 0 THEN NULL ELSE CONCAT('k', seq) END, "
    "REPEAT('x', 150) FROM diag_numbers",
    "CREATE INDEX ix_a ON ix_rows (a)",
    "CREATE INDEX ix_a_b ON ix_rows (a, b)",
    "CREATE INDEX ix_b_c ON ix_rows (b, c)",
)


@pytest.fixture(scope="module", params=("mariadb", "postgres"))
def served(request: pytest.FixtureRequest, with_hypopg: None) -> Iterator[Diagnosed]:
    diag: Diagnosed = request.getfixturevalue(f"diag_{request.param}")
    for sql in TABLES:
        diag.rows(sql)
    diag.rows("ANALYZE TABLE ix_small, ix_rows")
    yield diag
    diag.rows("DROP TABLE ix_small, ix_rows")


@pytest.mark.parametrize(
    ("code", "lacks", "has"),
    [
        ("missing-index", "SELECT id FROM ix_rows WHERE code = 'k77'", "SELECT id FROM ix_rows WHERE a = 77"),
        ("missing-index", "DELETE FROM ix_rows WHERE code = 'k77'", "DELETE FROM ix_rows WHERE id = 77"),
        (
            "missing-index",
            "SELECT id FROM ix_rows WHERE code IN ('k77', 'k78') ORDER BY id",
            "SELECT note FROM ix_rows WHERE state = 'closed'",
        ),
        (
            "missing-join-index",
            "SELECT r.note FROM ix_small s JOIN ix_rows r ON r.ref = s.id WHERE s.id IN (3, 4, 5, 6, 7, 8, 9)",
            "SELECT r.note FROM ix_small s JOIN ix_rows r ON r.a = s.id WHERE s.id IN (3, 4, 5, 6, 7, 8, 9)",
        ),
        (
            "index-order-mismatch",
            "SELECT note FROM ix_rows WHERE c = 4711",
            "SELECT note FROM ix_rows WHERE b = 7 AND c = 4711",
        ),
        ("redundant-index", "SELECT id FROM ix_rows WHERE a = 7", "SELECT id FROM ix_small WHERE id = 7"),
    ],
)
def test_findings(served: Diagnosed, code: str, lacks: str, has: str) -> None:
    found = served.findings(lacks)
    assert code in found
    severity, _, _, evidence, advice, statement, verified = found[code]
    assert severity in ("high", "medium", "low", "info")
    assert evidence
    assert advice
    assert statement.startswith("DROP INDEX" if code == "redundant-index" else "CREATE INDEX")
    if code != "redundant-index":
        assert verified.startswith("yes"), verified
    assert code not in served.findings(has)


def test_what_is_offered_can_be_made_and_ends_the_finding(served: Diagnosed) -> None:
    lacks = "SELECT id FROM ix_rows WHERE code = 'k77'"
    statement = served.findings(lacks)["missing-index"][5]
    served.rows(statement)
    try:
        assert "missing-index" not in served.findings(lacks)
    finally:
        served.rows("DROP INDEX `ix_code` ON ix_rows")


def test_what_drops_a_redundant_index_can_be_run(served: Diagnosed) -> None:
    statement = served.findings("SELECT id FROM ix_rows WHERE a = 7")["redundant-index"][5]
    served.rows(statement)
    try:
        assert "redundant-index" not in served.findings("SELECT id FROM ix_rows WHERE a = 7")
    finally:
        served.rows("CREATE INDEX ix_a ON ix_rows (a)")


def test_an_index_that_holds_all_columns(served: Diagnosed) -> None:
    found = served.findings("SELECT SUM(b + c) FROM ix_rows WHERE a BETWEEN 100 AND 200")
    assert "covering-index" not in found  # a thousand rows are fetched soon
