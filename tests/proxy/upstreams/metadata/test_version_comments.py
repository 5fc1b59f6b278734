import pytest

from proxy.upstreams.metadata.version_comments import first_word, unwrapped


@pytest.mark.parametrize(
    ("sql", "read"),
    [
        ("SELECT 1", "SELECT 1"),
        ("/*!40101 SET NAMES utf8 */", "SET NAMES utf8"),
        ("/*! SET NAMES utf8 */;", "SET NAMES utf8  ;"),
        ("SELECT /*!80400 1 */", "SELECT  1"),
        ("SELECT 1 /*!80401 + 1 */", "SELECT 1"),
        ("SELECT 1 /*!99999 + 1 */ + 2", "SELECT 1   + 2"),
        ("SELECT 1 /*M!100100 + 1 */ /*M! + 2 */ /*M!50000 + 3 */", "SELECT 1"),
        ("SELECT '/*! 1 */'", "SELECT '/*! 1 */'"),
        ('SELECT "a\\"/*! 1 */"', 'SELECT "a\\"/*! 1 */"'),
        ("SELECT `/*! 1 */`", "SELECT `/*! 1 */`"),
        ("SELECT 1 -- /*! 1 */", "SELECT 1 -- /*! 1 */"),
        ("SELECT 1 # /*! 1 */\n/*! + 1 */", "SELECT 1 # /*! 1 */\n  + 1"),
        ("SELECT 1 /* /*! 1 */", "SELECT 1 /* /*! 1 */"),
        ("SELECT 1 /*! never closed", "SELECT 1 /*! never closed"),
        ("SELECT 'never closed /*! 1 */", "SELECT 'never closed /*! 1 */"),
    ],
)
def test_what_a_server_of_this_version_reads(sql: str, read: str) -> None:
    assert unwrapped(sql).split() == read.split()


@pytest.mark.parametrize(
    ("sql", "word"),
    [
        (" select 1", "SELECT"),
        ("/* a */ # b\n-- c\n(select 1)", "("),
        ("/* never closed", ""),
        ("--comment\nx", ""),
        ("", ""),
        ("'text'", ""),
        ("/**/set x", "SET"),
    ],
)
def test_the_first_word(sql: str, word: str) -> None:
    assert first_word(sql) == word


@pytest.mark.parametrize("piece", ["/*!", "/*", "'", "`", "-- ", "#", "\\'", "/*!40101 "])
def test_hostile_texts_take_no_longer_than_others(piece: str) -> None:
    text = "/*!" + piece * 50_000
    unwrapped(text)
    first_word(text)
