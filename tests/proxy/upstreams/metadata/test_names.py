import pytest

from plugins import UpstreamError
from proxy.upstreams.metadata.names import output_texts


@pytest.mark.parametrize(
    ("sql", "outputs"),
    [
        ("SELECT 1", ["1"]),
        ("select a,  b + 1 , 'x,y' FROM t", ["a", "b + 1", "'x,y'"]),
        ("SELECT DISTINCT SQL_NO_CACHE a AS b FROM t", ["a AS b"]),
        ("SELECT `DISTINCT`, `FROM` FROM t", ["`DISTINCT`", "`FROM`"]),
        ("SELECT f(a, b), (SELECT 1 FROM u LIMIT 1) WHERE 1", ["f(a, b)", "(SELECT 1 FROM u LIMIT 1)"]),
        ("SELECT /* x */ a /* y */ + 1", ["a /* y */ + 1"]),
        ("((SELECT a) UNION SELECT b)", ["a"]),
        ("SELECT a UNION SELECT b, c", ["a"]),
        ("WITH c AS (SELECT x, y) SELECT z FROM c", ["z"]),
        ("SELECT 1 LIMIT 1", ["1"]),
        ("SELECT 1; SELECT 2", ["1"]),
        ("SHOW TABLES", []),
        ("", []),
        ("SELECT", []),
        ("SELECT 1 FROM t WHERE a IN (1, 2)", ["1"]),
    ],
)
def test_what_columns_are_called(sql: str, outputs: list[str]) -> None:
    assert output_texts(sql) == outputs


def test_what_cannot_be_read() -> None:
    with pytest.raises(UpstreamError, match="syntax"):
        output_texts("SELECT 'never closed")
