"""Which files to read: paths, folders and patterns become a list of files whose format is known."""

import gzip
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from glob import glob, has_magic
from pathlib import Path
from typing import IO, Literal, cast

from conf.settings import SettingsError

Format = Literal["csv", "tsv", "json", "ndjson", "parquet", "sheets"]

FORMATS: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".json": "json",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".parquet": "parquet",
    ".xlsx": "sheets",
    ".xlsm": "sheets",
    ".xlsb": "sheets",
    ".xls": "sheets",
    ".ods": "sheets",
}
TEXT: frozenset[Format] = frozenset({"csv", "tsv", "json", "ndjson"})
READABLE = "CSV, TSV, JSON, NDJSON (these also as .gz), Parquet, XLSX, XLS and ODS"


class FilesError(SettingsError):
    """A file cannot be a table; the message names the file and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file. ``compressed``: by gzip."""

    path: Path
    format: Format
    compressed: bool = False

    @property
    def stem(self) -> str:
        """The file's name without what tells its format."""
        name = self.path.name.removesuffix(".gz") if self.compressed else self.path.name
        return Path(name).stem

    def fault(self, reason: str) -> FilesError:
        """The error that says what is wrong with this file."""
        return FilesError(f"{self.path}: {reason}")

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """The bytes, uncompressed."""
        opener = gzip.open if self.compressed else open
        with cast(IO[bytes], opener(self.path, "rb")) as file:
            yield file


def find_sources(patterns: Sequence[str]) -> list[Source]:
    """The files that paths, folders and patterns mean, each once, in that order; folders and patterns sorted by name.

    A file that is named must be readable as a table; in folders and behind patterns others are passed over.
    Raises ``FilesError``.
    """
    sources: dict[Path, Source] = {}
    for pattern in patterns:
        try:
            for source in _expand(pattern):
                sources.setdefault(source.path.resolve(), source)
        except OSError as error:
            raise FilesError(f"{pattern}: {error.strerror or error}") from error
    return list(sources.values())


def _expand(pattern: str) -> list[Source]:
    path = Path(pattern).expanduser()
    if path.is_dir():
        return _readable(pattern, sorted(path.iterdir()))
    if path.exists():
        source = _source(path)
        if source is None:
            raise FilesError(f"{path}: this kind of file is not known; askwire reads {READABLE}")
        if not path.is_file():
            raise FilesError(f"{path}: is not a file")
        return [source]
    if has_magic(pattern):
        return _readable(pattern, [Path(found) for found in sorted(glob(str(path), recursive=True))])
    raise FilesError(f"{path}: there is no such file")


def _readable(pattern: str, paths: Sequence[Path]) -> list[Source]:
    """Files only; what programs keep beside an open document (``~$budget.xlsx``, ``.~lock…``) is none."""
    files = [path for path in paths if path.is_file() and not path.name.startswith((".", "~$"))]
    sources = [source for source in map(_source, files) if source is not None]
    if not sources:
        raise FilesError(f"{pattern}: holds no file that askwire reads ({READABLE})")
    return sources


def _source(path: Path) -> Source | None:
    name = path.name.lower()
    compressed = name.endswith(".gz")
    kind = FORMATS.get(Path(name.removesuffix(".gz")).suffix)
    if kind is None or (compressed and kind not in TEXT):
        return None
    return Source(path, kind, compressed)
