"""Cuts documents into chunks that fit an embedder: at headings, tables, paragraphs, sentences, in this order."""

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from semantic_text_splitter import MarkdownSplitter
from tokenizers import Tokenizer

from knowledge.loading.sections import Block, blocks
from knowledge.loading.types import Chunk, Document, Loaded, Mark

# Without a tokenizer: about what a token of English is.
_CHARS_PER_TOKEN = 4
_MAX_TOKEN_CHARS = 16
# Whatever the number of tokens: a line of the process holds a chunk (child.py).
_MAX_CHUNK_CHARS = 100_000
# The splitter takes four times as long for a text that is twice as long.
_SPLITTER_CHARS = 50_000
_ROWS = re.compile(r"(.*?)rows (\d+)-(\d+)$")
# Of a chunk, what the repeated head of a table may take at most.
_HEAD_SHARE = 3
# A line across the page says nothing.
_RULE = re.compile(r"[-*_=\s]+")
_CELL_BAR = re.compile(r"(?<!\\)\|")


def document_of(loaded: Loaded, tokenizer: Tokenizer | None, max_tokens: int, size: int) -> Document:
    """The document, cut into chunks; ``size``: the file's, in bytes."""
    chunks = tuple(split(loaded, tokenizer, max_tokens))
    return Document(loaded.name, loaded.title, chunks, digest(loaded.title, loaded.text), size)


def digest(title: str, text: str) -> str:
    """SHA-256 of both, hexadecimal."""
    return hashlib.sha256(f"{title}\n{text}".encode()).hexdigest()


def split(loaded: Loaded, count_tokens: Tokenizer | None, max_tokens: int) -> list[Chunk]:
    """The document's chunks in their order, each of at most ``max_tokens``, those included that the tokenizer adds.

    Every word of the document is in one of them. Without a tokenizer a token is taken to have four characters.
    """
    cutter = _cutter(count_tokens, max_tokens)
    chunks: list[Chunk] = []
    marks = loaded.marks if loaded.marks and not loaded.marks[0].offset else (Mark(0, ""), *loaded.marks)
    path: tuple[str, ...] = ()
    for index, mark in enumerate(marks):
        end = marks[index + 1].offset if index + 1 < len(marks) else len(loaded.text)
        text = loaded.text[mark.offset : end]
        for block in blocks(text):
            path = block.path or path
            cut = _chunks(text[block.start : block.end], block, mark.place, path, cutter)
            chunks.extend(chunk for chunk in cut if not _RULE.fullmatch(chunk.text))
    return chunks


@dataclass(frozen=True, slots=True)
class _Cutter:
    size: Callable[[str], int]
    cut: Callable[[str], list[str]]
    capacity: int


@lru_cache(maxsize=8)
def _cutter(tokenizer: Tokenizer | None, max_tokens: int) -> _Cutter:
    if tokenizer is None:
        capacity = max(1, max_tokens * _CHARS_PER_TOKEN)
        return _Cutter(len, _bounded(MarkdownSplitter(capacity).chunks, capacity), capacity)
    capacity = max(1, max_tokens - tokenizer.num_special_tokens_to_add(False))
    # The caller's own keeps its settings; here, texts are counted as long as they are.
    counter = Tokenizer.from_str(tokenizer.to_str())
    counter.no_truncation()
    counter.no_padding()

    def size(text: str) -> int:
        return len(counter.encode(text, add_special_tokens=False).ids)

    cut = MarkdownSplitter.from_huggingface_tokenizer(counter, capacity).chunks
    return _Cutter(size, _bounded(cut, capacity * _MAX_TOKEN_CHARS), capacity)


def _bounded(cut: Callable[[str], list[str]], chars: int) -> Callable[[str], list[str]]:
    """WordPiece counts one token for a word of any length that it does not know: such words are cut as well."""
    most = min(chars, _MAX_CHUNK_CHARS)

    def bounded(text: str) -> list[str]:
        parts = (part for piece in _pieces(text) for part in cut(piece))
        return [part[at : at + most] for part in parts for at in range(0, len(part), most)]

    return bounded


def _pieces(text: str) -> Iterator[str]:
    """Of ``_SPLITTER_CHARS`` at most, each up to the end of a paragraph, a line or a word where there is one."""
    start = 0
    while len(text) - start > _SPLITTER_CHARS:
        half, end = start + _SPLITTER_CHARS // 2, start + _SPLITTER_CHARS
        ends = (text.rfind(mark, half, end) + len(mark) for mark in ("\n\n", "\n", " "))
        end = next((found for found in ends if found > half), end)
        yield text[start:end]
        start = end
    yield text[start:]


def _chunks(text: str, block: Block, place: str, path: tuple[str, ...], cutter: _Cutter) -> Iterator[Chunk]:
    headings = " > ".join(path)
    if block.table is None:
        yield from (Chunk(part, _join(place, headings)) for part in cutter.cut(text))
        return
    above = text[: block.table - block.start].strip()
    lines = text[block.table - block.start :].rstrip("\n").split("\n")
    for part, rows in _table(lines, cutter.size(f"{above}\n\n"), cutter):
        if above and cutter.size(above) + cutter.size(part) + 2 <= cutter.capacity:
            part = f"{above}\n\n{part}"
        elif above:
            yield from (Chunk(each, _join(place, headings)) for each in cutter.cut(above))
        above = ""
        yield Chunk(part, _join(_narrowed(place, rows), headings))


def _join(place: str, headings: str) -> str:
    return f"{place}: {headings}" if place and headings else place or headings


def _narrowed(place: str, rows: tuple[int, int]) -> str:
    """Of ``rows 2-400``, those in the chunk; ``rows``: the first and last, counted from 0."""
    found = _ROWS.match(place)
    if not found:
        return place
    first, last = int(found[2]) + rows[0], min(int(found[2]) + rows[1], int(found[3]))
    return f"{found[1]}rows {first}-{last}" if last > first else f"{found[1]}row {first}"


def _table(lines: list[str], above: int, cutter: _Cutter) -> Iterator[tuple[str, tuple[int, int]]]:
    """As many rows at a time as fit, below the head; a row that does not fit as ``head: value`` lines, cut further.

    ``above``: the tokens that are wanted above the first part.
    """
    head, rows = "\n".join(lines[:2]), lines[2:]
    taken = cutter.size(head) + 1
    if taken * _HEAD_SHARE > cutter.capacity and taken + sum(map(cutter.size, rows)) > cutter.capacity:
        yield from ((part, (0, 0)) for part in cutter.cut(head))
        for number, row in enumerate(rows):
            yield from _record(lines[0], row, number, cutter)
        return
    first, used = 0, taken + above
    has_head = False
    for number, row in enumerate(rows):
        size = cutter.size(row) + 1
        if number > first and used + size > cutter.capacity:
            yield "\n".join([head, *rows[first:number]]), (first, number - 1)
            has_head = True
            first, used = number, taken
        if taken + size > cutter.capacity:
            yield from _record(lines[0], row, number, cutter)
            first, used = number + 1, taken
        else:
            used += size
    if first < len(rows) or not has_head:
        yield "\n".join([head, *rows[first:]]), (first, max(len(rows) - 1, 0))


def _record(head: str, row: str, number: int, cutter: _Cutter) -> Iterator[tuple[str, tuple[int, int]]]:
    names, values = _cells(head), _cells(row)
    names += [""] * (len(values) - len(names))
    text = "\n".join(f"{name}: {value}" if name else value for name, value in zip(names, values, strict=False) if value)
    for part in cutter.cut(text):
        yield part, (number, number)


def _cells(row: str) -> list[str]:
    inner = row.strip().removeprefix("|")
    return [entry.strip() for entry in _CELL_BAR.split(inner[:-1] if inner.endswith("|") else inner)]
