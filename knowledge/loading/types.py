"""What loading gives, and what bounds it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mark:
    """From this character of ``Loaded.text`` on, up to the next mark, the text stands at ``place``.

    ``place``: ``page 3``, ``slide 2``, ``rows 2-41``, ``sheet Q1, rows 2-41``; empty where only headings tell.
    """

    offset: int
    place: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """The text of one document, before it is cut into chunks; it does not leave the process that read it.

    ``text`` is Markdown; ``marks`` go up by offset.
    """

    name: str
    title: str
    text: str
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Chunk:
    """``place``: the mark's and the headings above it: ``page 3``, ``Returns > Refunds``, ``slide 2: Prices``."""

    text: str
    place: str


@dataclass(frozen=True, slots=True)
class Document:
    """One document. ``name``: what people see as its source (``docs/handbook.pdf``, ``pack.zip/a.md``, a URL).

    ``hash``: SHA-256 of title and text, hexadecimal; it does not change with the chunks' size. ``bytes``: of the file.
    """

    name: str
    title: str
    chunks: tuple[Chunk, ...]
    hash: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Failed:
    """A scanned, broken, too large or forbidden file, or part of one (``name`` then tells which); the rest goes on."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes unless the name says otherwise. A file beyond one of them is refused, never cut short."""

    file_bytes: int = 100_000_000
    # Of a document, and of its chunks together, which repeat the heads of tables.
    text_chars: int = 20_000_000
    pages: int = 5_000
    cells: int = 2_000_000
    # Of the process that reads one file; an archive's members each have this long.
    seconds: float = 120.0
    memory_bytes: int = 1_500_000_000
    # Of archives, and of the formats that are one (DOCX, PPTX, XLSX).
    archive_files: int = 2_000
    unpacked_bytes: int = 500_000_000
    ratio: int = 200
    archive_seconds: float = 3_600.0
    # Of a download, which also keeps to file_bytes.
    fetch_seconds: float = 60.0
    redirects: int = 5
    # Host names and addresses that may be private, and have any port. Whoever controls their DNS reaches everything.
    allowed_hosts: tuple[str, ...] = ()


class LoadError(Exception):
    """A document cannot be loaded; the text says why, as the end of a sentence that starts with its name."""
