"""PDF, page by page. A page with a picture and no text was scanned: it is reported, as nothing here reads pictures."""

import logging
import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO

import pypdf
from pypdf import PageObject, PasswordType, PdfReader
from pypdf.errors import LimitReachedError, PyPdfError

from knowledge.loading.draft import Draft, one_line
from knowledge.loading.types import LoadError

_HYPHENATED = re.compile(r"(?<!\w)(\w*[^\W\d_])[-\u00ad\u2010]\n([^\W\d_]\w*)")
_WORD = re.compile(r"\w+(?:-\w+)*")


def read(file: BinaryIO, document: Draft) -> None:
    logging.disable()  # pypdf tells of every oddity
    try:
        reader = PdfReader(file)
        if reader.is_encrypted and reader.decrypt("") == PasswordType.NOT_DECRYPTED:
            raise LoadError("is protected by a password")
        count = len(reader.pages)
    except (PyPdfError, KeyError, ValueError, TypeError, AttributeError) as error:
        raise LoadError(f"is broken or no PDF: {one_line(str(error)) or type(error).__name__}") from None
    if count > document.limits.pages:
        raise LoadError(f"has {count:,} pages; {document.limits.pages:,} are read")
    document.title = _title(reader)
    _read_pages(reader, document)


def _read_pages(reader: PdfReader, document: Draft) -> None:
    texts: list[tuple[int, str]] = []
    scanned: list[int] = []
    broken: list[int] = []
    for number, page in enumerate(reader.pages, start=1):
        try:
            text = page.extract_text()
        except LimitReachedError:
            broken.append(number)
            continue
        except (PyPdfError, KeyError, ValueError, TypeError, AttributeError, IndexError, RecursionError):
            broken.append(number)
            continue
        if text.strip():
            texts.append((number, text))
        elif _has_picture(page):
            scanned.append(number)
    if not texts:
        _nothing(scanned, broken)
    words = {word.lower() for _, text in texts for word in _WORD.findall(text)}
    for number, text in texts:
        document.mark(f"page {number}")
        document.add(join_hyphenated(text, words))
    if scanned:
        document.fail(_pages(scanned), "scanned: pictures without text; run text recognition (OCR) over the file first")
    if broken:
        document.fail(_pages(broken), "cannot be read: broken, or larger than allowed")


def _nothing(scanned: list[int], broken: list[int]) -> None:
    if scanned:
        raise LoadError("is scanned: pictures without text; run text recognition (OCR) over the file first")
    raise LoadError("is broken, or its pages are larger than allowed" if broken else "holds no text")


def join_hyphenated(text: str, words: set[str]) -> str:
    """Words that were parted at the end of a line in one; the hyphen stays where ``words`` has the word with it."""

    def joined(found: re.Match[str]) -> str:
        first, second = found[1], found[2]
        hyphenated = f"{first}-{second}"
        if hyphenated.lower() in words or not second[0].islower():
            return f"{hyphenated}\n"
        return f"{first}{second}\n"

    return _HYPHENATED.sub(joined, text)


def _title(reader: PdfReader) -> str:
    try:
        return one_line(str((reader.metadata and reader.metadata.title) or ""))
    except (pypdf.errors.PyPdfError, KeyError, ValueError, TypeError, AttributeError):
        return ""


def _has_picture(page: PageObject) -> bool:
    try:
        resources = page.get("/Resources", {}).get_object()
        pictures = resources.get("/XObject", {}).get_object()
        return bool(pictures) or b"BI" in (page.get_contents() or _NO_CONTENTS).get_data()
    except (PyPdfError, KeyError, ValueError, TypeError, AttributeError):
        return False


class _NoContents:
    def get_data(self) -> bytes:
        return b""


_NO_CONTENTS = _NoContents()


def _pages(numbers: Iterable[int]) -> str:
    """``pages 1, 3-5``"""
    runs = list(_runs(numbers))
    parts = [str(first) if first == last else f"{first}-{last}" for first, last in runs]
    return f"page{'s' if len(parts) > 1 or '-' in parts[0] else ''} {', '.join(parts)}"


def _runs(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    first = last = 0
    for number in numbers:
        if first and number == last + 1:
            last = number
            continue
        if first:
            yield first, last
        first = last = number
    if first:
        yield first, last
