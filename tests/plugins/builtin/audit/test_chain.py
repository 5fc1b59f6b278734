from pathlib import Path

import pytest

from plugins.builtin.audit.chain import (
    START,
    Hasher,
    Head,
    backwards,
    chains_of,
    file_name,
    files_of,
    first_of,
    parse,
    read_head,
    torn_at,
)


def test_hashes() -> None:
    """SHA-256 of the empty text (FIPS 180-4), and RFC 4231's second case for HMAC."""
    assert Hasher().line(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    keyed = Hasher("Jefe")
    assert keyed.line(b"what do ya want for nothing?") == (
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    )
    assert (Hasher().name, keyed.name) == ("sha256", "hmac-sha256")


@pytest.mark.parametrize("key", ["", "k" * 16])
def test_the_heads_hash_is_no_lines(key: str) -> None:
    hasher = Hasher(key)
    assert hasher.head(b"x") != hasher.line(b"x")
    assert hasher.head(b"x") == hasher.line(b"head\nx")


def test_the_head_is_always_of_one_length(tmp_path: Path) -> None:
    lengths = set()
    for seq in (0, 7, 10**19):
        head = Head(seq, START)
        (tmp_path / "head").write_bytes(head.encoded())
        lengths.add(len(head.encoded()))
        assert read_head(tmp_path) == head
    assert lengths == {86}


@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        Head(1, START).encoded()[:-1],
        Head(1, START).encoded() + b"x",
        b"x" + Head(1, START).encoded()[1:],
        Head(1, "A" * 64).encoded(),
        Head(1, "a" * 63).encoded(),
    ],
)
def test_a_damaged_head(tmp_path: Path, damaged: bytes) -> None:
    assert read_head(tmp_path) is None
    (tmp_path / "head").write_bytes(damaged)
    assert read_head(tmp_path) is None


def test_files_in_order(tmp_path: Path) -> None:
    numbers = (1_000_000_000_000, 1, 900, 23)
    for name in (*map(file_name, numbers), "audit-1.jsonl", "audit-000000000001.jsonl.bak", "head", "notes"):
        (tmp_path / name).touch()
    assert [first_of(path) for path in files_of(tmp_path)] == sorted(numbers)
    assert file_name(23) == "audit-000000000023.jsonl"


def test_chains_in_order(tmp_path: Path) -> None:
    for name in ("chain-10", "chain-2", "chain-0", "chain-02", "chain-x", "other"):
        (tmp_path / name).mkdir()
    (tmp_path / "chain-3").touch()
    assert [path.name for path in chains_of(tmp_path)] == ["chain-2", "chain-10"]
    assert chains_of(tmp_path / "chain-2") == []
    (tmp_path / "chain-2" / "head").touch()
    assert chains_of(tmp_path / "chain-2") == [tmp_path / "chain-2"]
    with pytest.raises(FileNotFoundError):
        chains_of(tmp_path / "missing")


def test_lines() -> None:
    assert parse(b'{"seq":1,"prev":"0","x":"\xc3\xa9"}') == {"seq": 1, "prev": "0", "x": "é"}


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{",
        b"[]",
        b'{"seq":1}',
        b'{"prev":"0"}',
        b'{"seq":"1","prev":"0"}',
        b'{"seq":true,"prev":"0"}',
        b'{"seq":1.0,"prev":"0"}',
        b'{"seq":1,"prev":0}',
        b'{"seq":1,"prev":"\xff"}',
        b"[" * 100_000,
        b'{"prev":"0","seq":' + b"9" * 5000 + b"}",
    ],
    ids=lambda line: str(line[:20]),
)
def test_what_is_no_line(line: bytes) -> None:
    assert parse(line) is None


@pytest.mark.parametrize(
    ("content", "lines", "torn"),
    [
        (b"", [], 0),
        (b"a\n", [b"a"], 2),
        (b"a\nb\n", [b"b", b"a"], 4),
        (b"a\nb\ntorn", [b"b", b"a"], 4),
        (b"torn", [], 0),
        (b"\n\n", [b"", b""], 2),
    ],
)
def test_a_files_lines(tmp_path: Path, content: bytes, lines: list[bytes], torn: int) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    assert list(backwards(path)) == lines
    assert torn_at(path) == torn
