"""Reads a file in a process of its own, which can fail, hang or be taken over without harm to the gateway."""

import os
import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from pathlib import Path, PurePosixPath
from typing import Any

from knowledge.loading import folder
from knowledge.loading.draft import clean, one_line
from knowledge.loading.kinds import ARCHIVES, KINDS, suffix
from knowledge.loading.process import Budget, LoadProcess, ProcessFailed
from knowledge.loading.types import Chunk, Document, Failed, Limits, LoadError

_HASH = re.compile("[0-9a-f]{64}")
_WRONG = "cannot be read: the process that read it went wrong"


async def load_file(
    path: Path,
    name: str,
    limits: Limits,
    *,
    tokenizer_file: Path | None = None,
    max_tokens: int = 256,
    beneath: Path | None = None,
    kinds: Mapping[str, str] = KINDS,
    modules: Mapping[str, str] | None = None,
) -> AsyncGenerator[Document | Failed, None]:
    """The documents in the file at ``path``, whose kind the end of ``name`` tells; an archive gives many.

    Their chunks have at most ``max_tokens`` of the embedder whose ``tokenizer.json`` is given, else of 4 characters.
    ``beneath``: the import folder that ``path`` was found in by ``import_path`` or ``walk``; no link is followed below
    it. ``kinds`` and ``modules``: as ``Loaders`` has them. A part of a document that cannot be read comes as ``Failed``
    after the document, named ``NAME (pages 3-5)``. Close it (``contextlib.aclosing``) where you leave it early. Raises
    nothing over the file.
    """
    try:
        descriptor = _open(path, limits, beneath)
    except LoadError as error:
        yield Failed(name, str(error))
        return
    try:
        config = {"tokenizer": _absolute(tokenizer_file), "max_tokens": max_tokens}
        config |= {"kinds": dict(kinds), "modules": dict(modules or {})}
        async with aclosing(_load(descriptor, name, limits, config)) as results:
            async for result in results:
                yield result
    finally:
        os.close(descriptor)


def _absolute(path: Path | None) -> str:
    """The process has a folder of its own."""
    return "" if path is None else str(path.absolute())


def _open(path: Path, limits: Limits, beneath: Path | None) -> int:
    try:
        if beneath is None:
            descriptor = folder.open_plain(path)
        else:
            descriptor = folder.open_beneath(beneath, PurePosixPath(path.relative_to(beneath)))
    except FileNotFoundError:
        raise LoadError("is gone") from None
    except (OSError, ValueError):
        raise LoadError("is no plain file that the gateway may read") from None
    size = os.fstat(descriptor).st_size
    if not 0 < size <= limits.file_bytes:
        os.close(descriptor)
        raise LoadError(f"has {size:,} bytes; {limits.file_bytes:,} are read" if size else "is empty")
    return descriptor


async def _load(
    descriptor: int, name: str, limits: Limits, config: dict[str, object]
) -> AsyncGenerator[Document | Failed, None]:
    """Start a process, and for an archive another one behind each member that ended the one before."""
    archive = suffix(name) in ARCHIVES
    budget = Budget(limits.seconds, limits.archive_seconds)
    start = 0
    while True:
        reading = _Reading(name, limits, start)
        try:
            async with LoadProcess(descriptor, limits, {**config, "name": name, "start": start}) as process:
                while True:
                    message = await process.read(budget)
                    if (result := reading.take(message)) is not None:
                        yield result
                    if "begin" in message:
                        budget.begin()
                    if "end" in message:
                        return
        except ProcessFailed as error:
            if not reading.answered:
                yield Failed(reading.current, str(error))
            if not archive or reading.index < start or budget.is_spent:
                return
            start = reading.index + 1
            budget.begin()


class _Reading:
    """Puts messages together. The process may have been taken over, so none is trusted to fit another."""

    def __init__(self, name: str, limits: Limits, start: int) -> None:
        self._name = name
        self._limits = limits
        self.index = start - 1
        self.current = name
        self.answered = False
        self._clear()

    def _clear(self) -> None:
        self._chunks: list[Chunk] = []
        self._chars = 0

    def take(self, message: dict[str, Any]) -> Document | Failed | None:
        """Raises ``ProcessFailed`` for what no process of ours sends."""
        match message:
            case {"begin": int(index), "name": str(member)} if index == self.index + 1:
                self.index, self.answered = index, False
                self.current = f"{self._name}/{one_line(member)}"
                self._clear()
            case {"chunks": list(chunks)}:
                self._chunks.extend(map(self._chunk, chunks))
            case {"loaded": str(title), "hash": str(digest), "bytes": int(size)} if (
                self._chunks and _HASH.fullmatch(digest) and 0 < size <= self._limits.file_bytes
            ):
                return self._document(title, digest, size)
            case {"failed": str(reason), "part": str(part)}:
                return Failed(f"{self.current} ({one_line(part)})", one_line(reason))
            case {"failed": str(reason)}:
                self.answered = True
                return Failed(self.current, one_line(reason))
            case {"end": True}:
                pass
            case _:
                raise ProcessFailed(_WRONG)
        return None

    def _chunk(self, entry: object) -> Chunk:
        match entry:
            case [str(text), str(place)] if text.strip() and clean(text) == text:
                self._chars += len(text)
                if self._chars > self._limits.text_chars:
                    raise ProcessFailed(_WRONG)
                return Chunk(text, one_line(place))
            case _:
                raise ProcessFailed(_WRONG)

    def _document(self, title: str, digest: str, size: int) -> Document:
        title = one_line(title) or PurePosixPath(self.current).stem
        document = Document(self.current, title, tuple(self._chunks), digest, size)
        self.answered = True
        self._clear()
        return document
