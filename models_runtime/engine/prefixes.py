"""Key-value states of prompt prefixes, on disk, so that neither another schema nor a restart costs a prefill.

One file per prefix: ``magic | header length (u32) | header (JSON) | tokens (i32 each) | state``, written to a temporary
name and renamed; a CRC-32 over tokens and state finds damage, and a damaged file is deleted and forgotten. The folder
is bounded; the least recently used file goes first (its time of modification is set on use). The files hold what the
prompts said (table names, example values): folder 0700, files 0600.
"""

import hashlib
import json
import os
import struct
import sys
import zlib
from array import array
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_MAGIC = b"askwire-kv-1\n"
_SUFFIX = ".kv"
_MAX_HEADER = 4096
_MAX_TOKENS = 1_000_000
# Prefixes that were begun and then interrupted are kept in memory only, up to so many bytes.
_PARTIAL_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Entry:
    """A prefix; its state lies in a file, or in memory."""

    tokens: "array[int]"
    path: Path | None
    state: bytes | None = None


def common_length(left: "array[int] | list[int]", right: "array[int] | list[int]") -> int:
    """How many leading tokens are the same."""
    for index, (a, b) in enumerate(zip(left, right, strict=False)):
        if a != b:
            return index
    return min(len(left), len(right))


class PrefixStore:
    """The prefixes of one model (``fingerprint``) under ``folder``, which other models' engines share."""

    def __init__(self, folder: Path, fingerprint: str, limit_bytes: int) -> None:
        self._root = folder
        self._folder = folder / fingerprint
        self._fingerprint = fingerprint
        self._limit = limit_bytes
        self._entries: dict[Path, Entry] = {}
        self._partial: OrderedDict[bytes, Entry] = OrderedDict()
        if limit_bytes:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            for path in self._folder.glob(f"*{_SUFFIX}"):
                tokens = self._read_tokens(path)
                if tokens is not None:
                    self._entries[path] = Entry(tokens, path)

    def best(self, tokens: list[int]) -> tuple[Entry | None, int]:
        """The entry that has the most leading tokens in common with ``tokens``, and how many."""
        best: Entry | None = None
        length = 0
        for entry in [*self._entries.values(), *self._partial.values()]:
            common = common_length(entry.tokens, tokens)
            if common > length:
                best, length = entry, common
        return best, length

    def load(self, entry: Entry) -> bytes | None:
        """The state, or ``None`` where the file is gone or damaged; then the entry is forgotten."""
        if entry.path is None:
            return entry.state
        with suppress(OSError, ValueError, struct.error):
            data = entry.path.read_bytes()
            header, offset = _header(data)
            if header["fingerprint"] == self._fingerprint and zlib.crc32(memoryview(data)[offset:]) == header["crc"]:
                os.utime(entry.path)
                return data[offset + 4 * len(entry.tokens) :]
        self.forget(entry)
        return None

    def forget(self, entry: Entry) -> None:
        """Delete an entry that does not load."""
        if entry.path is None:
            self._partial.pop(entry.tokens.tobytes(), None)
            return
        self._entries.pop(entry.path, None)
        with suppress(OSError):
            entry.path.unlink()

    def holds(self, tokens: list[int]) -> bool:
        """Whether a state covers all of ``tokens``."""
        return self.best(tokens)[1] == len(tokens)

    def save(self, tokens: list[int], state: bytes) -> None:
        """Keep a whole prefix on disk; in memory where the disk cache is off, too small, or cannot be written."""
        packed = array("i", tokens)
        self._drop_partials_of(tokens)
        if len(state) + 4 * len(packed) > self._limit:
            self.keep_partial(tokens, state)
            return
        path = self._folder / (hashlib.sha256(packed.tobytes()).hexdigest()[:40] + _SUFFIX)
        try:
            self._evict(len(state) + 4 * len(packed))
            self._write(path, packed, state)
        except OSError as error:
            print(f"the key-value cache cannot be written: {error}", file=sys.stderr, flush=True)
            self.keep_partial(tokens, state)
            return
        self._entries[path] = Entry(packed, path)

    def keep_partial(self, tokens: list[int], state: bytes) -> None:
        """Keep a prefix in memory: one that was interrupted before its end."""
        self._drop_partials_of(tokens)
        packed = array("i", tokens)
        self._partial[packed.tobytes()] = Entry(packed, None, state)
        while sum(len(entry.state or b"") for entry in self._partial.values()) > _PARTIAL_BYTES:
            self._partial.popitem(last=False)

    def _drop_partials_of(self, tokens: list[int]) -> None:
        for key, entry in list(self._partial.items()):
            if common_length(entry.tokens, tokens) == len(entry.tokens):
                del self._partial[key]

    def _write(self, path: Path, tokens: "array[int]", state: bytes) -> None:
        crc = zlib.crc32(state, zlib.crc32(tokens.tobytes()))
        header = json.dumps({"fingerprint": self._fingerprint, "tokens": len(tokens), "crc": crc}).encode()
        partial = path.with_suffix(f".{os.getpid()}.partial")
        try:
            with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(_MAGIC + struct.pack("<I", len(header)) + header)
                file.write(tokens.tobytes())
                file.write(state)
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)

    def _evict(self, needed: int) -> None:
        """Delete files, the least recently used first, until ``needed`` more bytes fit; other models' count too."""
        files = []
        for path in [*self._root.glob(f"*/*{_SUFFIX}"), *self._root.glob("*/*.partial")]:
            with suppress(FileNotFoundError):
                status = path.stat()
                files.append((status.st_mtime, status.st_size, path))
        total = sum(size for _, size, _ in files)
        for _, size, path in sorted(files):
            if total + needed <= self._limit:
                return
            path.unlink(missing_ok=True)
            self._entries.pop(path, None)
            total -= size

    def _read_tokens(self, path: Path) -> "array[int] | None":
        with suppress(OSError, ValueError, struct.error):
            with path.open("rb") as file:
                head = file.read(len(_MAGIC) + 4 + _MAX_HEADER)
                header, offset = _header(head)
                count = header["tokens"]
                if header["fingerprint"] != self._fingerprint or not 0 < count <= _MAX_TOKENS:
                    return None
                file.seek(offset)
                data = file.read(4 * count)
            if len(data) == 4 * count:
                return array("i", data)
        return None


def _header(data: bytes) -> tuple[dict[str, Any], int]:
    """(header, offset of the tokens). Raises ValueError or struct.error when it is none of ours."""
    if not data.startswith(_MAGIC):
        raise ValueError("not a key-value state")
    (length,) = struct.unpack_from("<I", data, len(_MAGIC))
    start = len(_MAGIC) + 4
    header = json.loads(data[start : start + min(length, _MAX_HEADER)])
    if not isinstance(header, dict) or not {"fingerprint", "tokens", "crc"} <= header.keys():
        raise ValueError("not a key-value state")
    if not isinstance(header["tokens"], int):
        raise ValueError("not a key-value state")
    return header, start + length
