"""Text files in other encodings than UTF-8: found out by their bytes, and copied as UTF-8 for DuckDB."""

import codecs
import io
import shutil
from pathlib import Path

from proxy.upstreams.files.sources import Source

CHUNK_BYTES = 1 << 20
# UTF-32's little-endian mark begins with UTF-16's, so it is compared first.
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def stage(source: Source, folder: Path) -> tuple[Path, str]:
    """A UTF-8 file in ``folder`` with the source's text, under a name that means nothing to SQL -> (path, encoding).

    It is a link where the source is UTF-8 already. Raises ``FilesError`` and ``OSError``.
    """
    encoding = detect(source)
    suffix = ".gz" if source.compressed and encoding == "utf-8" else ""
    staged = folder / f"input.{source.format}{suffix}"
    staged.unlink(missing_ok=True)
    if encoding == "utf-8":
        staged.symlink_to(source.path.resolve())
        return staged, encoding
    try:
        with source.open() as raw, staged.open("w", encoding="utf-8", newline="") as copy:
            shutil.copyfileobj(io.TextIOWrapper(raw, encoding, newline=""), copy, CHUNK_BYTES)
    except UnicodeError as error:
        raise source.fault(f"its byte-order mark says {encoding}, but it is not: {error}") from None
    return staged, encoding


def detect(source: Source) -> str:
    """Python's name of the encoding: by the byte-order mark, else the first that fits of UTF-8, Windows-1252, Latin-1.

    Raises ``FilesError`` where the file is not text, and ``OSError``.
    """
    try:
        with source.open() as raw:
            head = raw.read(CHUNK_BYTES)
    except EOFError as error:
        raise source.fault(f"cannot be unpacked: {error}") from None
    for mark, encoding in MARKS:
        if head.startswith(mark):
            return encoding
    if b"\0" in head:
        raise source.fault("is not text (UTF-16 needs a byte-order mark at its start)")
    for encoding in ("utf-8", "cp1252"):
        if _decodes(source, encoding):
            return encoding
    return "latin-1"


def _decodes(source: Source, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with source.open() as raw:
            while chunk := raw.read(CHUNK_BYTES):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
