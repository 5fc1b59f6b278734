from collections.abc import Callable
from pathlib import Path

import pytest

from plugins.builtin.audit.chain import Hasher, Head
from plugins.builtin.audit.files import ChainFiles
from plugins.builtin.audit.verify import verify

Lines = list[bytes]


@pytest.fixture
def chain(tmp_path: Path) -> Path:
    """``opened`` and nine lines more, five to a file."""
    files = ChainFiles(tmp_path, Hasher(), 700, fsync=False)
    files.open()
    for number in range(2, 11):
        files.append([{"at": f"2026-11-21T00:00:{number:02}Z", "event": "x", "n": number}])
    files.close()
    assert len(list((tmp_path / "chain-1").glob("audit-*"))) == 2
    return tmp_path / "chain-1"


def rewrite(chain: Path, edit: Callable[[Lines], Lines]) -> None:
    """Of all lines, as they are spread over the files."""
    paths = sorted(chain.glob("audit-*"))
    lines = edit([line for path in paths for line in path.read_bytes().splitlines(keepends=True)])
    first = int(paths[1].stem.removeprefix("audit-"))
    cut = next((at for at, line in enumerate(lines) if line.startswith(f'{{"seq":{first},'.encode())), len(lines))
    paths[0].write_bytes(b"".join(lines[:cut]))
    paths[1].write_bytes(b"".join(lines[cut:]))


def swapped(lines: Lines, one: int, other: int) -> Lines:
    lines[one - 1], lines[other - 1] = lines[other - 1], lines[one - 1]
    return lines


def changed(lines: Lines, seq: int, old: bytes, new: bytes) -> Lines:
    assert old in lines[seq - 1]
    lines[seq - 1] = lines[seq - 1].replace(old, new)
    return lines


def test_intact(chain: Path) -> None:
    found = verify(chain, Hasher())
    assert (found.broken, found.lines, found.files, found.head.seq, found.torn) == ("", 10, 2, 10, 0)
    assert found.last == "2026-11-21T00:00:10Z"


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda lines: changed(lines, 3, b'"n":3', b'"n":4'), "line 3 was changed"),
        (lambda lines: changed(lines, 10, b'"n":10', b'"n":11'), "line 10 (audit-"),
        (lambda lines: changed(lines, 3, b"}\n", b"\n"), "line 3 (audit-000000000001.jsonl, line 3) was changed"),
        (lambda lines: changed(lines, 1, b'"prev":"00', b'"prev":"11'), "names one before it"),
        (lambda lines: lines[:3] + lines[4:], "removed: line 4 is missing before line 5"),
        (lambda lines: lines[2:], "removed: lines 1 to 2 are missing before line 3"),
        (lambda lines: swapped(lines, 3, 4), "reordered: line 4 (audit-000000000001.jsonl, line 3)"),
        (lambda lines: lines[:3] + lines[2:], "line 3 is there again, or moved (audit-000000000001.jsonl, line 4)"),
        (lambda lines: lines[:-1], "truncated: line 10 is missing at the end"),
        (lambda lines: lines[:-2], "truncated: lines 9 to 10 are missing at the end"),
        (lambda lines: [*lines[:-1], lines[-1][:20]], "truncated: line 10 is missing at the end"),
    ],
)
def test_the_first_break_is_named(chain: Path, edit: Callable[[Lines], Lines], said: str) -> None:
    rewrite(chain, edit)
    assert said in verify(chain, Hasher()).broken


def test_files_that_are_gone(chain: Path) -> None:
    first, second = sorted(chain.glob("audit-*"))
    kept = second.read_bytes()
    second.unlink()
    assert "truncated" in verify(chain, Hasher()).broken
    second.write_bytes(kept)
    first.unlink()
    assert "removed" in verify(chain, Hasher()).broken
    second.rename(first)
    assert "removed" in verify(chain, Hasher()).broken


def test_no_head(chain: Path) -> None:
    (chain / "head").write_bytes(b"0")
    assert "head is missing" in verify(chain, Hasher()).broken


def test_a_line_that_is_being_written_is_no_break(chain: Path) -> None:
    with sorted(chain.glob("audit-*"))[1].open("ab") as file:
        file.write(b'{"seq"')
    found = verify(chain, Hasher())
    assert (found.broken, found.torn) == ("", 6)


def test_a_whole_chain_made_anew_differs_from_its_anchor(chain: Path, tmp_path: Path) -> None:
    anchor = verify(chain, Hasher()).head
    assert verify(chain, Hasher(), anchor).broken == ""
    forged = ChainFiles(tmp_path / "forged", Hasher(), 1 << 20, fsync=False)
    forged.open()
    forged.append([{"event": "y"}] * 9)
    forged.close()
    assert verify(tmp_path / "forged/chain-1", Hasher()).broken == ""
    assert "line 10" in verify(tmp_path / "forged/chain-1", Hasher(), anchor).broken
    assert "truncated" in verify(chain, Hasher(), Head(11, anchor.hash)).broken


def test_the_key_is_needed(tmp_path: Path) -> None:
    files = ChainFiles(tmp_path, Hasher("k" * 16), 700, fsync=False)
    files.open()
    files.append([{"event": "x"}])
    files.close()
    assert verify(tmp_path / "chain-1", Hasher("k" * 16)).broken == ""
    for other in ("", "l" * 16):
        assert "the key is another" in verify(tmp_path / "chain-1", Hasher(other)).broken
