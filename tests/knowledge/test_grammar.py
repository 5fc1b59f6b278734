import pytest

from knowledge import grammar
from knowledge.grammar import Alter, Create, Place
from plugins import AskwireError, ErrorCode


@pytest.mark.parametrize(
    ("parse", "text", "expected"),
    [
        (grammar.parse_create, "create knowledge handbook", Create("handbook")),
        (grammar.parse_create, "CREATE KNOWLEDGE IF NOT EXISTS `a b`", Create("a b", if_not_exists=True)),
        (
            grammar.parse_create,
            "CREATE /* x */ KNOWLEDGE h READERS 'ann', \"bob@%\" , 'ann'",
            Create("h", ("ann", "bob@%")),
        ),
        (grammar.parse_alter, "ALTER KNOWLEDGE h ADD READER '*'", Alter("h", True, "reader", "*")),
        (grammar.parse_alter, "alter knowledge h drop owner 'it''s@%'", Alter("h", False, "owner", "it's@%")),
        (grammar.parse_load, "LOAD KNOWLEDGE 'docs/a b.pdf' INTO h", Place("docs/a b.pdf", "h")),
        (grammar.parse_unload, "UNLOAD KNOWLEDGE 'a.md' FROM `h`", Place("a.md", "h")),
        (grammar.parse_drop, "DROP KNOWLEDGE IF EXISTS h", ("h", True)),
        (grammar.parse_drop, "DROP KNOWLEDGE h", ("h", False)),
        (grammar.parse_show, "SHOW AI KNOWLEDGE", ""),
        (grammar.parse_show, "show ai knowledge h", "h"),
    ],
)
def test_statements_are_read(parse, text, expected):
    assert parse(text) == expected


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        (grammar.parse_create, "CREATE KNOWLEDGE"),
        (grammar.parse_create, "CREATE KNOWLEDGE ''"),
        (grammar.parse_create, f"CREATE KNOWLEDGE '{'x' * 65}'"),
        (grammar.parse_create, "CREATE KNOWLEDGE 'a\\nb'"),
        (grammar.parse_create, "CREATE KNOWLEDGE h READERS"),
        (grammar.parse_create, "CREATE KNOWLEDGE h READERS 'a',"),
        (grammar.parse_create, "CREATE KNOWLEDGE h READERS ' a'"),
        (grammar.parse_create, "CREATE KNOWLEDGE h; DROP TABLE x"),
        (grammar.parse_alter, "ALTER KNOWLEDGE h ADD 'a'"),
        (grammar.parse_alter, "ALTER KNOWLEDGE h READER 'a'"),
        (grammar.parse_alter, f"ALTER KNOWLEDGE h ADD READER '{'x' * 351}'"),
        (grammar.parse_load, "LOAD KNOWLEDGE x INTO h"),
        (grammar.parse_load, "LOAD KNOWLEDGE 'x'"),
        (grammar.parse_load, "LOAD KNOWLEDGE 'a\\0b' INTO h"),
        (grammar.parse_load, "LOAD KNOWLEDGE '' INTO h"),
        (grammar.parse_unload, "UNLOAD KNOWLEDGE 'x' INTO h"),
        (grammar.parse_drop, "DROP KNOWLEDGE IF h"),
        (grammar.parse_show, "SHOW AI KNOWLEDGE a b"),
    ],
)
def test_what_is_wrong_is_said_with_the_right_form(parse, text):
    with pytest.raises(AskwireError, match="the form is") as error:
        parse(text)
    assert error.value.code is ErrorCode.SYNTAX
