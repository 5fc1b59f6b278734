import stat
from pathlib import Path

import pytest

from conf.settings import Settings, SettingsError, load_settings
from plugins.builtin.mask.plugin import (
    Masks,
    askwire_lifespan,
    askwire_prompt_shield,
    askwire_result_transform,
    read_key,
)
from plugins.types import SchemaNames, Services
from tests.plugins.builtin.mask.checking import EMAIL


def settings(folder: Path, **mask: object) -> Settings:
    return load_settings(data_dir=str(folder), mask={"rules": [{**EMAIL, "accounts": ["ann@*"]}], **mask})


def test_nothing_is_done_without_rules(tmp_path: Path) -> None:
    assert askwire_lifespan(load_settings(data_dir=str(tmp_path)), Services()) is None
    assert askwire_result_transform("ann", "::1", Services()) is None
    assert askwire_prompt_shield(load_settings(), Services()) is None
    assert list(tmp_path.iterdir()) == []


async def test_whose_results_are_changed(tmp_path: Path) -> None:
    services, given = Services(), settings(tmp_path)
    lifespan = askwire_lifespan(given, services)
    assert lifespan is not None
    async with lifespan:
        mine = askwire_result_transform("ann", "::1", services)
        again = askwire_result_transform("ann", "::1", services)
        assert mine is not None
        assert again is not None
        assert mine is not again
        assert mine.identity == again.identity
        assert askwire_result_transform("bob", "::1", services) is None
        assert askwire_prompt_shield(given, services) is not None
        assert askwire_prompt_shield(settings(tmp_path, placeholders="never"), services) is None


async def test_other_names_of_the_schema(tmp_path: Path) -> None:
    services, given = Services(), settings(tmp_path)
    services.add(SchemaNames(frozenset({"shop", "main"})))
    lifespan = askwire_lifespan(given, services)
    assert lifespan is not None
    async with lifespan:
        masks = services.get(Masks)
        assert masks is not None
        rules = masks.rules.for_account("ann", "::1")
        assert rules is not None
        assert rules.may_protect("MAIN", "people")
        assert not rules.may_protect("other", "people")


def test_a_key_is_made_once_and_nobody_else_may_read_it(tmp_path: Path) -> None:
    data = tmp_path / "new" / "data"
    key = read_key(settings(data))
    assert len(key) == 64
    assert read_key(settings(data)) == key
    assert [file.name for file in data.iterdir()] == ["mask.key"]
    assert stat.S_IMODE((data / "mask.key").stat().st_mode) == 0o600
    assert read_key(settings(tmp_path / "other")) != key


def test_a_key_of_ones_own(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_bytes(b" 0123456789abcdef \n")
    assert read_key(settings(tmp_path, key_file=str(file))) == b"0123456789abcdef"


@pytest.mark.parametrize("content", [b"", b"too short\n", b" " * 64])
def test_a_short_key(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "key"
    file.write_bytes(content)
    with pytest.raises(SettingsError, match=r"holds less than 16 bytes; write 32 random ones"):
        read_key(settings(tmp_path, key_file=str(file)))


def test_a_key_that_cannot_be_read(tmp_path: Path) -> None:
    for path, says in ((tmp_path / "missing", "No such file"), (tmp_path, "Is a directory")):
        with pytest.raises(SettingsError, match=f"cannot be read: {says}"):
            read_key(settings(tmp_path, key_file=str(path)))
    assert not (tmp_path / "missing").exists()
