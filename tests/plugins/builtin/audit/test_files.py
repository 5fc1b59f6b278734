import errno
import json
import os
import resource
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from plugins.builtin.audit.chain import START, Hasher, read_head
from plugins.builtin.audit.files import ChainFiles, encode

Open = Callable[..., ChainFiles]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Open]:
    with ExitStack() as stack:

        def make(key: str = "", size: int = 1 << 20) -> ChainFiles:
            files = ChainFiles(tmp_path, Hasher(key), size, fsync=False)
            stack.callback(files.close)
            files.open()
            return files

        yield make


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for path in sorted(folder.glob("audit-*")) for line in path.read_bytes().splitlines()]


def only_file(folder: Path) -> Path:
    (path,) = folder.glob("audit-*")
    return path


def test_lines_are_chained(opened: Open, tmp_path: Path) -> None:
    opened().append([{"event": "one"}, {"event": "two"}])
    raw = only_file(tmp_path / "chain-1").read_bytes().splitlines()
    read = [json.loads(line) for line in raw]
    assert [line["seq"] for line in read] == [1, 2, 3]
    assert [line["prev"] for line in read] == [START, Hasher().line(raw[0]), Hasher().line(raw[1])]
    head = read_head(tmp_path / "chain-1")
    assert head is not None
    assert (head.seq, head.hash) == (3, Hasher().head(raw[2]))


def test_files_are_rotated_and_private(opened: Open, tmp_path: Path) -> None:
    files = opened(size=400)
    for number in range(6):
        files.append([{"event": "x" * 50, "n": number}])
    files.close()
    opened(size=400).append([{"event": "after"}])
    names = sorted(path.name for path in (tmp_path / "chain-1").glob("audit-*"))
    assert names[:2] == ["audit-000000000001.jsonl", "audit-000000000003.jsonl"]
    assert [line["seq"] for line in lines(tmp_path / "chain-1")] == list(range(1, 10))
    assert all(path.stat().st_size <= 400 for path in (tmp_path / "chain-1").glob("audit-*"))
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "chain-1").iterdir()} == {0o600}
    assert stat.S_IMODE((tmp_path / "chain-1").stat().st_mode) == 0o700


def test_two_have_a_chain_each(opened: Open, tmp_path: Path) -> None:
    first, second = opened(), opened()
    assert (first.name, second.name) == ("chain-1", "chain-2")
    first.close()
    assert opened().name == "chain-1"
    assert [line["event"] for line in lines(tmp_path / "chain-1")] == ["opened", "opened"]


def test_a_torn_line_is_kept_aside(opened: Open, tmp_path: Path) -> None:
    opened().close()
    with only_file(tmp_path / "chain-1").open("ab") as file:
        file.write(b'{"seq":2,"prev"')
    opened().append([{"event": "after"}])
    (aside,) = (tmp_path / "chain-1").glob("torn-*")
    assert aside.read_bytes() == b'{"seq":2,"prev"'
    assert lines(tmp_path / "chain-1")[1]["torn"] == [{"file": aside.name, "bytes": 15}]


def test_a_head_that_lags_behind(opened: Open, tmp_path: Path) -> None:
    files = opened()
    before = (tmp_path / "chain-1" / "head").read_bytes()
    files.append([{"event": "one"}, {"event": "two"}])
    files.close()
    (tmp_path / "chain-1" / "head").write_bytes(before)
    assert opened().name == "chain-1"


def forge(folder: Path) -> None:
    """A line after the last, by one who has no key."""
    path = only_file(folder)
    last = path.read_bytes().splitlines()[-1]
    path.write_bytes(path.read_bytes() + encode({"seq": 4, "prev": Hasher().line(last), "event": "forged"}) + b"\n")


def cut(folder: Path) -> None:
    path = only_file(folder)
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))


def change(folder: Path) -> None:
    path = only_file(folder)
    path.write_bytes(path.read_bytes().replace(b'"two"', b'"TWO"'))


@pytest.mark.parametrize(
    ("tamper", "said"),
    [
        (cut, "lines 3 to 3 are gone"),
        (change, "line 3 is not the one that the head names"),
        (forge, "line 3 or the one after it was changed"),
        (lambda folder: (folder / "head").unlink(), "its head is missing"),
        (lambda folder: only_file(folder).unlink(), "lines 1 to 3 are gone"),
        (lambda folder: only_file(folder).write_bytes(b"nonsense\n"), "a line at its end is damaged"),
    ],
)
def test_a_chain_that_was_tampered_with_is_left(
    opened: Open, tmp_path: Path, tamper: Callable[[Path], object], said: str
) -> None:
    files = opened(key="k" * 16)
    files.append([{"event": "one"}, {"event": "two"}])
    files.close()
    tamper(tmp_path / "chain-1")
    assert opened(key="k" * 16).name == "chain-2"
    (record,) = lines(tmp_path / "chain-2")
    assert said in record["left"][0]


def test_another_key_begins_another_chain(opened: Open) -> None:
    opened(key="k" * 16).close()
    assert opened(key="l" * 16).name == "chain-2"


def test_a_file_that_was_moved_away_is_missed(opened: Open, tmp_path: Path) -> None:
    files = opened()
    only_file(tmp_path / "chain-1").rename(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="changed by somebody else"):
        files.append([{"event": "lost"}])
    assert not files.opened


@contextmanager
def file_size(limit: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_line_that_has_no_room_is_none(opened: Open, tmp_path: Path) -> None:
    files = opened()
    size = only_file(tmp_path / "chain-1").stat().st_size
    with file_size(size + 50), pytest.raises(OSError) as error:
        files.append([{"event": "x" * 100}])
    assert error.value.errno == errno.EFBIG
    assert only_file(tmp_path / "chain-1").stat().st_size == size
    files.append([{"event": "room"}])
    assert [line["event"] for line in lines(tmp_path / "chain-1")] == ["opened", "room"]


def test_a_link_is_not_followed(opened: Open, tmp_path: Path) -> None:
    (tmp_path / "chain-1").mkdir()
    os.symlink(tmp_path / "target", tmp_path / "chain-1" / "audit-000000000001.jsonl")
    with pytest.raises(OSError):
        opened()
    assert not (tmp_path / "target").exists()


def test_what_a_terminal_obeys_is_escaped() -> None:
    line = encode({"text": "a\nb\x1b[2J\x9b\u202e\ud800ä"})
    assert line == '{"text":"a\\nb\\u001b[2J\\u009b\\u202e\\ud800ä"}'.encode()
    assert json.loads(line)["text"] == "a\nb\x1b[2J\x9b\u202e\ud800ä"
