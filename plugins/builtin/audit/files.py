"""Writes one chain: finds its end, heals a torn line, appends, rotates. Used by one thread."""

import contextlib
import fcntl
import itertools
import json
import os
import re
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from plugins.builtin.audit.chain import (
    HEAD,
    LOCK,
    START,
    Hasher,
    Head,
    backwards,
    file_name,
    files_of,
    parse,
    read_head,
    torn_at,
)

Record = dict[str, Any]
_APPEND = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
# What a terminal or an editor may take for more than a character: C1 controls, line and paragraph separators,
# directions of writing. JSON escapes the other controls itself; a lone surrogate has no bytes.
_UNSAFE = re.compile("[\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


class Broken(Exception):
    """A chain that cannot be continued; the message says why."""


def encode(record: Record) -> bytes:
    """One line, without its newline."""
    text = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text).encode()


def now() -> str:
    """As lines say it: UTC, ISO 8601."""
    return moment(time.time())


def moment(at: float) -> str:
    """Seconds since 1970 as lines say it."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


class ChainFiles:
    """The chain that is this process's as long as it holds its lock. Every method raises OSError."""

    def __init__(self, root: Path, hasher: Hasher, max_file_bytes: int, fsync: bool) -> None:
        self._root, self._hasher, self._max, self._fsync = root, hasher, max_file_bytes, fsync
        self._lock = self._head = self._file = -1
        self._path = self._folder = root
        self._seq, self._prev, self._size = 0, START, 0

    @property
    def name(self) -> str:
        """The chain's; empty before it is open."""
        return self._folder.name if self._file >= 0 else ""

    @property
    def opened(self) -> bool:
        return self._file >= 0

    def open(self) -> None:
        """Take the first chain that nobody else has and that can be continued, and say so in it."""
        left: list[str] = []
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        for number in itertools.count(1):
            self._folder = self._root / f"chain-{number}"
            self._folder.mkdir(mode=0o700, exist_ok=True)
            try:
                if not self._locked():
                    continue
                self._continue()
            except Broken as broken:
                left.append(f"{self._folder.name} cannot be continued: {broken}")
                self.close()
                continue
            except OSError:
                self.close()
                raise
            break
        torn = [{"file": p.name, "bytes": p.stat().st_size} for p in self._folder.glob(f"torn-{self._seq + 1:012}-*")]
        record = {"at": now(), "event": "opened", "pid": os.getpid(), "hash": self._hasher.name, "torn": torn}
        try:
            self.append([{k: v for k, v in (record | {"left": left}).items() if v != []}])
        except OSError:
            self.close()
            raise

    def append(self, records: Sequence[Record]) -> None:
        """All of them, or none."""
        self._check_in_place()
        lines: list[bytes] = []
        seq, prev = self._seq, self._prev
        for record in records:
            seq += 1
            lines.append(encode({"seq": seq, "prev": prev, **record}))
            prev = self._hasher.line(lines[-1])
        data = b"".join(line + b"\n" for line in lines)
        if self._size and self._size + len(data) > self._max:
            self._use(self._folder / file_name(self._seq + 1))
        try:
            written = 0
            while written < len(data):
                written += os.write(self._file, data[written:])
            if self._fsync:
                os.fdatasync(self._file)
        except OSError:
            self._take_back()
            raise
        self._seq, self._prev, self._size = seq, prev, self._size + len(data)
        # It may lag behind the lines, never be ahead of them.
        with contextlib.suppress(OSError):
            os.pwrite(self._head, Head(seq, self._hasher.head(lines[-1])).encoded(), 0)

    def close(self) -> None:
        """Give the chain up to whoever comes next."""
        for descriptor in (self._file, self._head, self._lock):
            if descriptor >= 0:
                os.close(descriptor)
        self._lock = self._head = self._file = -1

    # ---- opening

    def _locked(self) -> bool:
        self._lock = os.open(self._folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.close()
            return False
        return True

    def _continue(self) -> None:
        """Find the end. Raises Broken."""
        files, head = files_of(self._folder), read_head(self._folder)
        if head is None and any(path.stat().st_size for path in files):
            raise Broken("its head is missing or damaged")
        line = self._end(files, head or Head(0, START))
        if files:
            self._heal(files[-1])
        head_flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        self._head = os.open(self._folder / HEAD, head_flags, 0o600)
        os.pwrite(self._head, Head(self._seq, self._hasher.head(line) if line else START).encoded(), 0)
        os.fsync(self._head)
        self._use(files[-1] if files else self._folder / file_name(self._seq + 1))

    def _end(self, files: list[Path], head: Head) -> bytes:
        """The last whole line, after those behind the head were checked. Raises Broken."""
        last, later = b"", b""
        for line in itertools.chain.from_iterable(map(backwards, reversed(files))):
            said = parse(line)
            if said is None:
                raise Broken("a line at its end is damaged")
            if not last:
                last, self._seq, self._prev = line, said["seq"], self._hasher.line(line)
            after = parse(later) if later else None
            if after is not None and (after["prev"] != self._hasher.line(line) or after["seq"] != said["seq"] + 1):
                raise Broken(f"line {said['seq']} or the one after it was changed")
            if said["seq"] <= head.seq:
                break
            later = line
        else:
            line = b""
        if self._seq < head.seq:
            raise Broken(f"lines {self._seq + 1} to {head.seq} are gone")
        if head.seq and (not line or self._hasher.head(line) != head.hash):
            raise Broken(f"line {head.seq} is not the one that the head names, or the key is another")
        return last

    def _heal(self, path: Path) -> None:
        """What follows the last newline was being written when the gateway was killed: keep it aside."""
        at, size = torn_at(path), path.stat().st_size
        if at == size:
            return
        with path.open("r+b") as file:
            file.seek(at)
            aside = self._folder / f"torn-{self._seq + 1:012}-{time.time_ns()}"
            descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "wb") as kept:
                kept.write(file.read())
                kept.flush()
                os.fsync(kept.fileno())
            file.truncate(at)

    def _use(self, path: Path) -> None:
        """Append to that file from now on."""
        before, self._file = self._file, os.open(path, _APPEND, 0o600)
        self._path, self._size = path, os.fstat(self._file).st_size
        if before >= 0:
            os.close(before)
        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    # ---- appending

    def _check_in_place(self) -> None:
        """A file that was moved or removed meanwhile would take lines that nobody finds again."""
        try:
            here, there = os.fstat(self._file), os.stat(self._path)
            if (here.st_dev, here.st_ino, here.st_size) == (there.st_dev, there.st_ino, self._size):
                return
        except FileNotFoundError:
            pass
        self.close()
        raise OSError(f"the file {self._path.name} was changed by somebody else")

    def _take_back(self) -> None:
        """A line that was written in part is none; where it cannot be cut off, the next opening heals it."""
        try:
            os.ftruncate(self._file, self._size)
        except OSError:
            self.close()
