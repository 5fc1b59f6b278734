import pytest

from proxy.upstreams.metadata.charsets import (
    character_set_named,
    character_sets,
    collation_named,
    collation_numbered,
    collations,
)


@pytest.mark.parametrize(
    ("name", "found", "size"),
    [("UTF8MB4", "utf8mb4", 4), ("utf8", "utf8mb3", 3), ("x", "", 0)],
)
def test_character_sets(name: str, found: str, size: int) -> None:
    character_set = character_set_named(name)
    assert (character_set.name, character_set.max_length) == (found, size) if character_set else found == ""


@pytest.mark.parametrize(
    ("name", "found", "number"),
    [
        ("utf8mb4_0900_AI_CI", "utf8mb4_0900_ai_ci", 255),
        ("utf8_general_ci", "utf8mb3_general_ci", 33),
        ("latin1_swedish_ci", "latin1_swedish_ci", 8),
        ("binary", "binary", 63),
    ],
)
def test_collations(name: str, found: str, number: int) -> None:
    """By name and by the protocol's number (MySQL's information_schema.COLLATIONS)."""
    collation = collation_named(name)
    assert collation is not None
    assert (collation.name, collation.id) == (found, number)
    assert collation_numbered(number) is collation


def test_what_is_none() -> None:
    assert collation_named("utf8_") is None
    assert collation_named("klingon_ci") is None
    assert collation_numbered(0) is None


def test_padding() -> None:
    assert {name: c.pad for name in ("utf8mb4_0900_bin", "binary", "utf8mb4_bin") if (c := collation_named(name))} == {
        "utf8mb4_0900_bin": "NO PAD",
        "binary": "NO PAD",
        "utf8mb4_bin": "PAD SPACE",
    }


def test_each_character_set_has_one_default() -> None:
    defaults = [c.character_set for c in collations().values() if c.is_default]
    assert sorted(defaults) == sorted(character_sets())
    for character_set in character_sets().values():
        assert collations()[character_set.default_collation].character_set == character_set.name
