"""The structure of Markdown that chunks follow: headings, tables, and the text between them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

# No expression here may take longer than the text is long: it is anybody's.
_HEADING = re.compile(r" {0,3}(#{1,6})(?:[ \t](.*))?$")
_UNDERLINE = re.compile(r" {0,3}(=+|-+)[ \t]*$")
_FENCE = re.compile(r" {0,3}(```+|~~~+)")
# Text above an underline that makes no heading of it: nothing, a list, a quotation, a table, a code block.
_NO_TITLE = re.compile(r"\s*$|\s{4}|\s*([-*+>|#]|\d+[.)]\s)")
_DELIMITERS = frozenset("|-: \t\r")
_INLINE = re.compile(r"!?\[([^\]]*)\]\([^)]*\)|<[^>]*>|[*`]+")
_HEADING_CHARS = 120


@dataclass(frozen=True, slots=True)
class Block:
    """``text[start:end]``: what lies between two headings or tables, or a table from ``table`` on, below its heading.

    ``path``: the headings above it.
    """

    start: int
    end: int
    path: tuple[str, ...]
    table: int | None = None


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    text: str
    level: int = 0  # of a heading; its underline belongs to it
    lines: int = 1
    is_code: bool = False

    @property
    def heading(self) -> str:
        return _plain(self.text)


def blocks(text: str) -> Iterator[Block]:
    """The blocks of ``text``, without gaps. A heading begins one, together with the headings that follow it at once."""
    lines = list(_lines(text))
    path: list[tuple[int, str]] = []
    start, has_body = 0, False
    index = 0
    while index < len(lines):
        line = lines[index]
        if line.level:
            if has_body:
                yield Block(start, line.start, _titles(path))
                start, has_body = line.start, False
            path = [*(each for each in path if each[0] < line.level), (line.level, line.heading)]
        elif rows := _table_rows(lines, index):
            if has_body:
                yield Block(start, line.start, _titles(path))
                start = line.start
            index += rows
            end = lines[index].start if index < len(lines) else len(text)
            yield Block(start, end, _titles(path), table=line.start)
            start, has_body = end, False
            continue
        elif line.text.strip():
            has_body = True
        index += line.lines
    if start < len(text):
        yield Block(start, len(text), _titles(path))


def _titles(path: list[tuple[int, str]]) -> tuple[str, ...]:
    return tuple(title for _, title in path if title)


def _lines(text: str) -> Iterator[_Line]:
    """The lines with their place; which are headings, and which are code."""
    raw = text.split("\n")
    fence = ""
    start = 0
    for index, line in enumerate(raw):
        found = _FENCE.match(line)
        if fence:
            yield _Line(start, line, is_code=True)
            if found and found[1].startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
        elif found:
            fence = found[1]
            yield _Line(start, line, is_code=True)
        elif heading := _HEADING.match(line):
            yield _Line(start, heading[2] or "", len(heading[1]))
        elif index + 1 < len(raw) and not _NO_TITLE.match(line) and (under := _UNDERLINE.match(raw[index + 1])):
            # Only after an empty line: a paragraph of several lines above a rule is no heading.
            is_alone = not index or not raw[index - 1].strip()
            level = (1 if under[1].startswith("=") else 2) if is_alone and len(under[1]) > 1 else 0
            yield _Line(start, line, level, lines=2 if level else 1)
        else:
            yield _Line(start, line)
        start += len(line) + 1


def _table_rows(lines: list[_Line], index: int) -> int:
    """How many lines from ``index`` on are a table; 0: none begins there."""
    if index + 1 >= len(lines) or "|" not in lines[index].text or lines[index].is_code:
        return 0
    below = lines[index + 1].text
    if "|" not in below or "-" not in below or not _DELIMITERS.issuperset(below):
        return 0
    count = 2
    while index + count < len(lines) and "|" in lines[index + count].text and not lines[index + count].is_code:
        count += 1
    return count


def _plain(heading: str) -> str:
    """Without links, tags and emphasis."""
    shown = _INLINE.sub(lambda found: found[1] or "", heading[: _HEADING_CHARS * 4])
    return " ".join(shown.split()).rstrip("# ")[:_HEADING_CHARS]
