"""Values of masked columns stay out of prompts: which are kept, hidden and put back."""

import pytest

from conf.mask import MaskRule, MaskSettings
from plugins.builtin.mask import shield as module
from plugins.builtin.mask.rules import AllRules
from plugins.builtin.mask.shield import Shield
from tests.plugins.builtin.mask.checking import Database, result

KEY = b"k" * 32


def shield(where: str = "elsewhere", key: bytes = KEY) -> Shield:
    rules = AllRules(MaskSettings(rules=(MaskRule(columns=("shop.people.email",), accounts=("nobody@*",)),)))
    return Shield(rules.everything(), key, where)  # type: ignore[arg-type]


async def having_seen(*values: str | None, sql: str = "SELECT email FROM people") -> Shield:
    made = shield()
    await made.saw(sql, Database().facts(), result(*((value,) for value in values)))
    return made


@pytest.mark.parametrize(
    ("where", "host", "covered"),
    [
        ("elsewhere", "models.example", True),
        ("elsewhere", "10.0.0.1", True),
        ("elsewhere", "127.0.0.1", False),
        ("elsewhere", "localhost", False),
        ("any url", "127.0.0.1", True),
        ("never", "models.example", False),
    ],
)
def test_which_servers(where: str, host: str, covered: bool) -> None:
    assert shield(where).covers(host) is covered


async def test_hidden_and_put_back() -> None:
    made = await having_seen("ann@example.com", "Bob O'Neil")
    hidden = made.hide("Who is ANN@example.com, and is she Bob O'Neil? WHERE name = 'Bob O''Neil' or 'Bob O\\'Neil'")
    assert "example" not in hidden.lower()
    assert "neil" not in hidden.lower()
    assert hidden.count("masked_") == 4
    assert made.reveal(hidden) == (
        "Who is ann@example.com, and is she Bob O'Neil? WHERE name = 'Bob O''Neil' or 'Bob O\\'Neil'"
    )


async def test_only_whole_words() -> None:
    made = await having_seen("ann")
    assert made.hide("banns, Anna, ann_x") == "banns, Anna, ann_x"
    assert made.hide("(ann)").startswith("(masked_")


async def test_the_longer_value_first() -> None:
    made = await having_seen("ann", "ann@example.com")
    assert made.reveal(made.hide("ann@example.com")) == "ann@example.com"
    assert "example" not in made.hide("ann@example.com")


async def test_a_value_that_looks_like_a_pattern() -> None:
    made = await having_seen(r"a.*(b|\1)$", "masked_0000000000")
    assert made.hide("axxb") == "axxb"
    assert made.reveal(made.hide(r"is a.*(b|\1)$ there")) == r"is a.*(b|\1)$ there"


async def test_a_placeholder_of_nobodys_stays() -> None:
    assert shield().reveal("masked_0123456789 masked_x") == "masked_0123456789 masked_x"


async def test_placeholders_do_not_tell_the_value_without_the_key() -> None:
    facts = Database().facts()
    one, same, other = shield(), shield(), shield(key=b"x" * 32)
    for each in (one, same, other):
        await each.saw("SELECT email FROM people", facts, result(("ann",)))
    assert one.hide("ann") == same.hide("ann") != other.hide("ann")


async def test_values_that_are_not_kept() -> None:
    assert (await having_seen("a", " b ", "", None, "x" * 4001)).hide("a b " + "x" * 4001) == "a b " + "x" * 4001
    assert (await having_seen("ann", sql="SELECT name FROM people")).hide("ann") == "ann"


async def test_all_is_kept_of_what_cannot_be_checked() -> None:
    made = await having_seen("ann", sql="SELECT leak() FROM people")
    assert "ann" not in made.hide("ann")
    names = await having_seen("people", sql="SELECT leak() FROM information_schema.TABLES")
    assert names.hide("people") == "people"


async def test_columns_beside_masked_ones_are_not_kept() -> None:
    made = shield()
    await made.saw("SELECT name, email FROM people", Database().facts(), result(("Ann", "ann@x"), ("Bob", None)))
    assert made.hide("Ann, ann@x").startswith("Ann, masked_")


async def test_the_oldest_values_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_VALUES", 2)
    made = await having_seen("one1", "two2", "one1", "three3")
    assert made.hide("two2") == "two2"
    assert "one1" not in made.hide("one1")
    assert "three3" not in made.hide("three3")
