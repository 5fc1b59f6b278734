"""How a chain lies on disk: what its writer and its verifier have in common.

A chain is a folder ``chain-N`` with files ``audit-FIRST.jsonl`` (FIRST: the number of the first line) and ``head``.
Each line is a JSON object with ``seq``, counting from 1 over all files, and ``prev``: the SHA-256 of the line before
without its newline, or its HMAC-SHA-256 (RFC 2104) with a key; of the first line 64 zeros. ``head`` names the last
line, so that lines which are cut off at the end are missed. Its hash is another one than the next line's ``prev``: who
can read the folder but not the key cannot make a line that fits.
"""

import hashlib
import hmac
import json
import mmap
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

START = "0" * 64
HEAD = "head"
LOCK = "lock"
_FILE = re.compile(r"audit-(\d{12,})\.jsonl")
_CHAIN = re.compile(r"chain-([1-9]\d{0,8})")
_HEAD = re.compile(rb"(\d{20}) ([0-9a-f]{64})\n")


class Hasher:
    """SHA-256, or HMAC-SHA-256 with a key."""

    def __init__(self, key: str = "") -> None:
        self._key = key.encode()
        self.name = "hmac-sha256" if key else "sha256"

    def line(self, line: bytes) -> str:
        """What the next line has as ``prev``."""
        return self._digest(line)

    def head(self, line: bytes) -> str:
        """What the head says of it."""
        return self._digest(b"head\n" + line)

    def _digest(self, data: bytes) -> str:
        if self._key:
            return hmac.new(self._key, data, hashlib.sha256).hexdigest()
        return hashlib.sha256(data).hexdigest()


@dataclass(frozen=True, slots=True)
class Head:
    """The last line's number and hash; 0 and zeros of a chain that has none."""

    seq: int
    hash: str

    def encoded(self) -> bytes:
        """Always of the same length, so that it is overwritten in place."""
        return b"%020d %s\n" % (self.seq, self.hash.encode())


def file_name(first: int) -> str:
    """Of the file that begins with that line."""
    return f"audit-{first:012}.jsonl"


def first_of(path: Path) -> int:
    """The number in the name of a file of ``files_of``."""
    found = _FILE.fullmatch(path.name)
    return int(found[1]) if found else 0


def files_of(folder: Path) -> list[Path]:
    """The chain's files, in order."""
    return sorted((p for p in folder.iterdir() if _FILE.fullmatch(p.name)), key=first_of)


def chains_of(root: Path) -> list[Path]:
    """The chains in an audit folder, in order; a chain's own folder is one. Raises OSError."""
    if _CHAIN.fullmatch(root.name) and (root / HEAD).exists():
        return [root]
    found = [(int(m[1]), p) for p in root.iterdir() if (m := _CHAIN.fullmatch(p.name)) and p.is_dir()]
    return [path for _, path in sorted(found)]


def read_head(folder: Path) -> Head | None:
    """None when it is missing or damaged."""
    try:
        data = (folder / HEAD).read_bytes()
    except OSError:
        return None
    found = _HEAD.fullmatch(data)
    return Head(int(found[1]), found[2].decode()) if found else None


def parse(line: bytes) -> dict[str, Any] | None:
    """The object that a line is; None when it is none with a number and a hash."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict) or not isinstance(value.get("prev"), str) or type(value.get("seq")) is not int:
        return None
    return value


def backwards(path: Path) -> Iterator[bytes]:
    """The file's whole lines, the last one first, without their newlines. Raises OSError."""
    with path.open("rb") as file:
        if not path.stat().st_size:
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            end = data.rfind(b"\n")
            while end >= 0:
                start = data.rfind(b"\n", 0, end)
                yield data[start + 1 : end]
                end = start


def torn_at(path: Path) -> int:
    """Where the file's last line begins that has no newline: its size when there is none. Raises OSError."""
    size = path.stat().st_size
    if not size:
        return 0
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return data.rfind(b"\n") + 1
