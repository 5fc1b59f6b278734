"""Reads a file in a process of its own, which can fail, hang or be taken over without harm to the gateway."""

import os
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path, PurePosixPath
from typing import Any

from knowledge.loading import folder
from knowledge.loading.document import clean, one_line
from knowledge.loading.kinds import ARCHIVES, suffix
from knowledge.loading.process import Budget, LoadProcess, ProcessFailed
from knowledge.loading.types import Failed, Limits, Loaded, LoadError, Mark

_MAX_MARKS = 2_000_000


async def load_file(
    path: Path, name: str, limits: Limits, *, beneath: Path | None = None
) -> AsyncGenerator[Loaded | Failed, None]:
    """The documents in the file at ``path``, whose kind the end of ``name`` tells; an archive gives many.

    ``beneath``: the import folder that ``path`` was found in by ``import_path`` or ``walk``; no link is followed below
    it. A part of a document that cannot be read comes as ``Failed`` after the document, named ``NAME (pages 3-5)``.
    Close it (``contextlib.aclosing``) where you leave it early. Raises nothing over the file.
    """
    try:
        descriptor = _open(path, limits, beneath)
    except LoadError as error:
        yield Failed(name, str(error))
        return
    try:
        async with aclosing(_load(descriptor, name, limits)) as results:
            async for result in results:
                yield result
    finally:
        os.close(descriptor)


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


async def _load(descriptor: int, name: str, limits: Limits) -> AsyncGenerator[Loaded | Failed, None]:
    """Start a process, and for an archive another one behind each member that ended the one before."""
    archive = suffix(name) in ARCHIVES
    budget = Budget(limits.seconds, limits.archive_seconds)
    start = 0
    while True:
        reading = _Reading(name, limits, start)
        try:
            async with LoadProcess(descriptor, name, limits, start) as process:
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
        self._pieces: list[str] = []
        self._chars = 0
        self._marks: list[Mark] = []

    def take(self, message: dict[str, Any]) -> Loaded | Failed | None:
        """Raises ``ProcessFailed`` for what no process of ours sends."""
        match message:
            case {"begin": int(index), "name": str(member)} if index == self.index + 1:
                self.index, self.answered = index, False
                self.current = f"{self._name}/{one_line(member)}"
                self._clear()
            case {"text": str(piece)} if self._chars + len(piece) <= self._limits.text_chars:
                self._pieces.append(piece)
                self._chars += len(piece)
            case {"marks": list(marks)} if len(self._marks) + len(marks) <= _MAX_MARKS:
                self._marks.extend(self._mark(mark) for mark in marks)
            case {"loaded": str(title)} if self._pieces:
                return self._loaded(title)
            case {"failed": str(reason), "part": str(part)}:
                return Failed(f"{self.current} ({one_line(part)})", one_line(reason))
            case {"failed": str(reason)}:
                self.answered = True
                return Failed(self.current, one_line(reason))
            case {"end": True}:
                pass
            case _:
                raise ProcessFailed("cannot be read: the process that read it went wrong")
        return None

    def _mark(self, mark: object) -> Mark:
        match mark:
            case [int(offset), str(place)] if offset <= self._chars and (
                not self._marks or offset >= self._marks[-1].offset
            ):
                return Mark(offset, one_line(place))
            case _:
                raise ProcessFailed("cannot be read: the process that read it went wrong")

    def _loaded(self, title: str) -> Loaded:
        text = "".join(self._pieces)
        if clean(text) != text:
            raise ProcessFailed("cannot be read: the process that read it went wrong")
        stem = PurePosixPath(self.current).stem
        loaded = Loaded(self.current, one_line(title) or stem, text, tuple(self._marks))
        self.answered = True
        self._clear()
        return loaded
