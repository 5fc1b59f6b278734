"""Loaders of LOAD KNOWLEDGE: kinds of files, and kinds of addresses."""

from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn, Protocol


class Draft(Protocol):
    """A document in the making. Every method raises where it becomes too large; let that pass."""

    title: str

    def add(self, text: str) -> None:
        """Append a block of Markdown."""

    def mark(self, place: str) -> None:
        """What is added from here on stands at ``place``: ``page 3``, ``rows 2-41``."""

    def fail(self, part: str, reason: str) -> None:
        """``part`` (``pages 3-5``) could not be read; the rest goes on."""

    def refuse(self, reason: str) -> NoReturn:
        """The document cannot be read: ``reason`` is the end of a sentence that starts with its name."""


@dataclass(frozen=True, slots=True)
class FileLoader:
    """Reads files by the end of their names: ``suffixes`` in small letters, with the dot.

    ``read`` is ``MODULE:FUNCTION``, called as ``function(file: BinaryIO, document: Draft) -> None``. It is imported and
    called only in a process of its own, without a network and with bounded memory and time: files are not trusted.
    """

    suffixes: tuple[str, ...]
    read: str


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file with what an address holds. ``path``: its end tells which loader reads it; it is deleted afterwards.

    ``name``: what is put behind the load's own name for this document; "" where the address holds one only.
    ``failed``: why this one could not be fetched; then there is no file.
    """

    path: Path
    name: str = ""
    failed: str = ""


def every(_url: str) -> bool:
    """Accepts every address."""
    return True


@dataclass(frozen=True, slots=True)
class UrlLoader:
    """Fetches addresses whose scheme is one of ``schemes`` (small letters) and that ``accepts`` does not decline.

    ``fetch(url, folder)`` puts files into ``folder`` and yields each. It raises ``AskwireError`` CANNOT_LOAD. Of
    several for one scheme those come first that do not accept ``every`` address.
    """

    schemes: tuple[str, ...]
    fetch: Callable[[str, Path], AsyncGenerator[Fetched, None]]
    accepts: Callable[[str], bool] = field(default=every)


@dataclass(frozen=True, slots=True)
class Response:
    """What a server of the web answered.

    ``headers``: names in small letters. ``path``: the body of a 200, the caller's to delete; None where it is of a kind
    that is not read.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    path: Path | None = None


class Get(Protocol):
    """``Web.get``."""

    async def __call__(
        self,
        url: str,
        folder: Path,
        *,
        headers: Mapping[str, str] = ...,
        max_bytes: int | None = None,
        document: bool = True,
    ) -> Response: ...


@dataclass(frozen=True, slots=True)
class Web:
    """A service: requests as LOAD KNOWLEDGE makes them; nothing is read that only the gateway's own network may see.

    ``get(url, folder, headers, max_bytes, document)`` makes one request; a redirect is not followed, but comes as it is
    (``headers["location"]``). ``document``: the body is of a kind that a loader reads, and the file's end says which.
    It raises CANNOT_LOAD.
    """

    get: Get
