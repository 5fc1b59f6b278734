"""The store of key-value states: what is kept, found, thrown away, and what damage does."""

import os
import stat
from pathlib import Path

import pytest

from models_runtime.engine.prefixes import PrefixStore, common_length

STATE = bytes(range(256)) * 8
MARK = "f" * 32


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*/*.kv"))


def test_a_saved_prefix_survives_a_restart(tmp_path: Path) -> None:
    PrefixStore(tmp_path, MARK, 10**6).save([1, 2, 3, 4], STATE)
    store = PrefixStore(tmp_path, MARK, 10**6)
    entry, length = store.best([1, 2, 3, 9])
    assert entry is not None
    assert length == 3
    assert entry.tokens.tolist() == [1, 2, 3, 4]
    assert store.load(entry) == STATE


def test_the_longest_common_beginning_wins(tmp_path: Path) -> None:
    store = PrefixStore(tmp_path, MARK, 10**6)
    store.save([1, 2, 3], b"short")
    store.save([1, 2, 3, 4, 5], b"long")
    store.save([7, 8, 9], b"other")
    entry, length = store.best([1, 2, 3, 4, 6])
    assert entry is not None
    assert (length, store.load(entry)) == (4, b"long")
    assert store.best([5]) == (None, 0)


def test_files_are_for_the_owner_only(tmp_path: Path) -> None:
    PrefixStore(tmp_path, MARK, 10**6).save([1, 2], STATE)
    (file,) = files(tmp_path)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("at", [0, 3, 20, 60, 80, 500, -1])
def test_a_damaged_byte_anywhere_is_never_loaded(tmp_path: Path, at: int) -> None:
    PrefixStore(tmp_path, MARK, 10**6).save([1, 2, 3, 4], STATE)
    (file,) = files(tmp_path)
    data = bytearray(file.read_bytes())
    data[at] ^= 0x41
    file.write_bytes(data)
    store = PrefixStore(tmp_path, MARK, 10**6)
    entry, _ = store.best([1, 2, 3, 4])
    assert entry is None or store.load(entry) is None


def test_a_file_cut_off_anywhere_is_never_loaded(tmp_path: Path) -> None:
    PrefixStore(tmp_path, MARK, 10**6).save([1, 2, 3, 4], b"0123456789")
    (file,) = files(tmp_path)
    data = file.read_bytes()
    for length in range(len(data)):
        file.write_bytes(data[:length])
        store = PrefixStore(tmp_path, MARK, 10**6)
        entry, _ = store.best([1, 2, 3, 4])
        assert entry is None or store.load(entry) is None, length


def test_a_damaged_file_is_deleted_and_can_be_saved_again(tmp_path: Path) -> None:
    store = PrefixStore(tmp_path, MARK, 10**6)
    store.save([1, 2, 3], STATE)
    (file,) = files(tmp_path)
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    entry, _ = store.best([1, 2, 3])
    assert entry is not None
    assert store.load(entry) is None
    assert not file.exists()
    assert not store.holds([1, 2, 3])
    store.save([1, 2, 3], STATE)
    assert store.holds([1, 2, 3])


def test_another_models_states_are_not_used(tmp_path: Path) -> None:
    PrefixStore(tmp_path, MARK, 10**6).save([1, 2, 3], STATE)
    (tmp_path / MARK).rename(tmp_path / ("e" * 32))
    assert PrefixStore(tmp_path, "e" * 32, 10**6).best([1, 2, 3]) == (None, 0)


def test_the_least_recently_used_goes_first(tmp_path: Path) -> None:
    store = PrefixStore(tmp_path, MARK, 3 * (len(STATE) + 200))
    for first in (1, 2, 3):
        store.save([first, 5], STATE)
        for file in files(tmp_path):  # a second older than what comes
            os.utime(file, (file.stat().st_atime - 1, file.stat().st_mtime - 1))
    used, _ = store.best([1, 5])
    assert used is not None
    assert store.load(used) == STATE
    store.save([4, 5], STATE)
    assert [store.holds([first, 5]) for first in (1, 2, 3, 4)] == [True, False, True, True]
    assert len(files(tmp_path)) == 3


def test_without_a_disk_cache_states_stay_in_memory(tmp_path: Path) -> None:
    store = PrefixStore(tmp_path / "kv", MARK, 0)
    store.save([1, 2, 3], STATE)
    entry, length = store.best([1, 2, 3])
    assert entry is not None
    assert (length, store.load(entry)) == (3, STATE)
    assert not (tmp_path / "kv").exists()


def test_a_begun_prefix_makes_room_for_the_whole_one(tmp_path: Path) -> None:
    store = PrefixStore(tmp_path, MARK, 10**6)
    store.keep_partial([1, 2], b"partial")
    assert files(tmp_path) == []
    entry, _ = store.best([1, 2])
    assert entry is not None
    assert store.load(entry) == b"partial"
    store.save([1, 2, 3], STATE)
    entry, _ = store.best([1, 2])
    assert entry is not None
    assert store.load(entry) == STATE


def test_a_folder_that_cannot_be_written_costs_only_the_disk_cache(tmp_path: Path) -> None:
    store = PrefixStore(tmp_path, MARK, 10**6)
    (tmp_path / MARK).rmdir()
    (tmp_path / MARK).write_text("in the way")
    store.save([1, 2, 3], STATE)
    assert store.holds([1, 2, 3])


def test_common_length() -> None:
    assert common_length([1, 2, 3], [1, 2, 4]) == 2
    assert common_length([1], [1, 2]) == 1
    assert common_length([], [1]) == 0
