"""Reads a chain from its first line to its last, and says where it breaks first."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from plugins.builtin.audit.chain import START, Hasher, Head, files_of, first_of, parse, read_head

# Lines behind a break that are looked through for the one that is missing there.
LOOK_AHEAD = 100_000


@dataclass(slots=True)
class Verified:
    """What is known of a chain. ``broken``: the first break; empty when there is none."""

    name: str
    lines: int = 0
    files: int = 0
    first: str = ""  # time of the first line, and of the last
    last: str = ""
    head: Head = field(default_factory=lambda: Head(0, START))
    broken: str = ""
    torn: int = 0  # bytes after the last line
    gaps: int = 0
    unwritten: int = 0
    left: list[str] = field(default_factory=list)  # chains that could not be continued


class _Break(Exception):
    """The message says what is wrong."""


@dataclass(frozen=True, slots=True)
class _Line:
    path: Path
    number: int  # in the file
    data: bytes

    @property
    def place(self) -> str:
        return f"{self.path.name}, line {self.number}"


def verify(folder: Path, hasher: Hasher, anchor: Head | None = None) -> Verified:
    """``anchor``: a line and its hash, as an earlier run showed them. Raises OSError."""
    found = Verified(folder.name)
    # Before the lines: a gateway may be writing them.
    head = read_head(folder)
    files = files_of(folder)
    found.files = len(files)
    try:
        if head is None:
            raise _Break("the file head is missing or damaged")
        _follow(found, files, hasher, [head] if anchor is None else [head, anchor])
    except _Break as broken:
        found.broken = str(broken)
    return found


def _follow(found: Verified, files: list[Path], hasher: Hasher, named: Sequence[Head]) -> None:
    seq, prev = 0, START
    for line in _lines(files, found):
        said = _next(line, files, seq, prev)
        seq, prev = said["seq"], hasher.line(line.data)
        if line.number == 1 and first_of(line.path) != seq:
            raise _Break(f"{line.path.name} begins with line {seq}: it was renamed, or lines were moved")
        found.head = Head(seq, hasher.head(line.data))
        for one in named:
            if one.seq == seq and one != found.head:
                raise _Break(f"line {seq} ({line.place}) was changed, or the key is another: it has another hash")
        _note(found, said)
    for one in named:
        if one.seq > seq:
            which = f"line {one.seq} is" if one.seq == seq + 1 else f"lines {seq + 1} to {one.seq} are"
            raise _Break(f"truncated: {which} missing at the end")


def _next(line: _Line, files: list[Path], seq: int, prev: str) -> dict[str, Any]:
    """The line, where it is the one after ``seq``."""
    said = parse(line.data)
    if said is None:
        raise _Break(f"line {seq + 1} ({line.place}) was changed: it is not a line of this log")
    if said["seq"] != seq + 1:
        raise _Break(_missing(line, files, seq + 1, said["seq"]))
    if said["prev"] != prev:
        if not seq:
            raise _Break(f"line 1 ({line.place}) was changed: it is the first, but names one before it")
        raise _Break(f"line {seq} was changed, or the key is another: line {seq + 1} ({line.place}) has another hash")
    return said


def _missing(line: _Line, files: list[Path], wanted: int, seq: int) -> str:
    if seq < wanted:
        return f"line {seq} is there again, or moved ({line.place}): line {wanted} belongs there"
    rest = _lines(files[files.index(line.path) :], Verified(""))
    behind = (other for other in rest if (other.path, other.number) > (line.path, line.number))
    for other in islice(behind, LOOK_AHEAD):
        said = parse(other.data)
        if said is not None and said["seq"] == wanted:
            return f"reordered: line {seq} ({line.place}) stands where line {wanted} belongs"
    which = f"line {wanted} is" if seq == wanted + 1 else f"lines {wanted} to {seq - 1} are"
    return f"removed: {which} missing before line {seq} ({line.place})"


def _lines(files: list[Path], found: Verified) -> Iterator[_Line]:
    """All whole lines; what is left at the end is counted. A torn line that is not at the end is a break."""
    for path in files:
        found.torn = 0
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if line.endswith(b"\n"):
                    yield _Line(path, number, line[:-1])
                elif path != files[-1]:
                    raise _Break(f"{path.name} ends within line {number}")
                else:
                    found.torn = len(line)


def _note(found: Verified, said: dict[str, Any]) -> None:
    found.lines += 1
    at = str(said.get("at", ""))
    found.first, found.last = found.first or at, at
    if said.get("event") == "gap":
        counts = Counter({k: v for k, v in said.items() if isinstance(v, int)})
        found.gaps += 1
        found.unwritten += counts["lines"]
    if said.get("event") == "opened" and isinstance(said.get("left"), list):
        found.left += [str(each) for each in said["left"]]
