import pytest

from plugins.builtin.mask.lexing import MAX_BYTES, normalised
from plugins.errors import AskwireError, ErrorCode


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("SELECT a\n\tFROM t ;", "SELECT a FROM t"),
        ("/* x */ SELECT -- y\n 1 # z", "SELECT 7"),
        ("SELECT 'it''s', 'a\\'b', \"q\", x'41', N'n'", "SELECT 's', 's', 's', 's', 's'"),
        ("SELECT 1 AS 'total', 'x'", "SELECT 7 AS 'total', 's'"),
        ("SELECT a FROM t WHERE id = 42", "SELECT a FROM t WHERE id = 7"),
        ("SELECT a FROM t ORDER BY 2", "SELECT a FROM t ORDER BY 2"),
        ("SELECT j->'$.a.b[0]'", "SELECT j->'$.a.b[0]'"),
        ("SELECT `a``b`, @x, @@y, 1.5, 1e-5, 0x7E, ?", "SELECT `a``b`, @x, @@y, 1.5, 1e-7, 0x7E, ?"),
        ("SELECT 'a;b'; SELECT ';'", "SELECT 's'; SELECT 's'"),
        ("SELECT größe FROM t", "SELECT größe FROM t"),
    ],
)
def test_one_shape(text: str, shape: str) -> None:
    assert normalised(text) == shape


@pytest.mark.parametrize(
    "text",
    [
        *("SELECT /*!50000 1 */", "SELECT /*M!100000 1 */", "SELECT /* ! 1 */ /*! 2 */", "SELECT /* /* */ 1"),
        *("SELECT 1 --1", "SELECT 1 /* never ends", "SELECT 'never ends", "SELECT `never ends", "SELECT \\N"),
        *("SELECT {d '2020-01-01'}", "SELECT\v1", "SELECT\x00 1", "SELECT 1\u00a0", "SELECT a\u200bb", "SELECT 1a"),
        *("/*raw*/ SELECT 1", "SELECT 1 /* RAW */", "SELECT /*+ SET_VAR(sql_mode='') */ 1", "SELECT a:b", "SELECT ²"),
        "SELECT 1 " + " " * MAX_BYTES,
    ],
)
def test_what_two_readers_may_read_in_two_ways(text: str) -> None:
    with pytest.raises(AskwireError) as refusal:
        normalised(text)
    assert refusal.value.code is ErrorCode.MASKED
