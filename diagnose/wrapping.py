"""Lines as wide as a terminal, in which a Chinese or Japanese character takes two columns."""

import re
from collections.abc import Iterator

from rich.cells import cell_len

# A wide character may end a line, but what closes after it stays with it; other text breaks at blanks only.
_WIDE = "\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60"
_CLOSING = "、。，．：；！？）］｝」』】"
_PIECE = re.compile(rf"\s+|[{_WIDE}][{_CLOSING}]*|[^\s{_WIDE}]+[{_CLOSING}]*")


def wrapped(text: str, width: int, lead: str = "", indent: str = "") -> list[str]:
    """``text`` behind ``lead``, its further lines behind ``indent``; none where there is neither text nor lead."""
    return [line.rstrip() for line in _lines(text, width, lead, indent) if line.strip()]


def _lines(text: str, width: int, lead: str, indent: str) -> Iterator[str]:
    line, begun = lead, False
    for piece in _PIECE.findall(text.strip()):
        blank = piece.isspace()
        if begun and not blank and cell_len(line) + cell_len(piece) > width:
            yield line
            line, begun = indent, False
        if begun or not blank:
            line, begun = line + (" " if blank else piece), True
    yield line
