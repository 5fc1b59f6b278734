"""A database's own schema and comments as a document, so that ``ASK DOCS`` can tell what a table or column means."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tokenizers import Tokenizer

from knowledge.loading.chunks import document_of
from knowledge.loading.draft import cell, clean, one_line, table
from knowledge.loading.types import Document, Loaded, Mark


@dataclass(frozen=True, slots=True)
class SchemaColumn:
    """``type`` as the database writes it (``decimal(10,2)``)."""

    name: str
    type: str
    comment: str = ""
    nullable: bool = True


@dataclass(frozen=True, slots=True)
class SchemaKey:
    """``kind``: ``primary key``, ``unique`` or ``foreign key``; then ``target`` is ``customers (id)``."""

    kind: str
    columns: tuple[str, ...]
    target: str = ""


@dataclass(frozen=True, slots=True)
class SchemaTable:
    name: str
    columns: tuple[SchemaColumn, ...]
    keys: tuple[SchemaKey, ...] = ()
    comment: str = ""
    is_view: bool = False


def describe(
    database: str,
    tables: Sequence[SchemaTable],
    *,
    name: str = "",
    tokenizer_file: Path | None = None,
    max_tokens: int = 256,
) -> Document:
    """The tables as Markdown, a section and a place (``table orders``) for each. ``name``: the source that is shown.

    Large schemas take seconds with a tokenizer: call it in a thread.
    """
    heading = f"Database {one_line(database)}"
    text = f"# {heading}\n\n"
    marks: list[Mark] = []
    for entry in tables:
        kind = "view" if entry.is_view else "table"
        marks.append(Mark(len(text), f"{kind} {one_line(entry.name)}"))
        text += "\n\n".join(_table(entry, kind)) + "\n\n"
    loaded = Loaded(name or f"schema of {one_line(database)}", heading, text, tuple(marks))
    tokenizer = Tokenizer.from_file(str(tokenizer_file)) if tokenizer_file else None
    return document_of(loaded, tokenizer, max_tokens, len(text.encode()))


def _table(entry: SchemaTable, kind: str) -> Iterator[str]:
    yield f"## {kind.capitalize()} {one_line(entry.name)}"
    if entry.comment.strip():
        yield clean(entry.comment).strip()
    rows = [[each.name, each.type, "yes" if each.nullable else "no", each.comment] for each in entry.columns]
    yield table([["column", "type", "may be empty", "meaning"], *rows])
    if entry.keys:
        yield "\n".join(_key(key) for key in entry.keys)


def _key(key: SchemaKey) -> str:
    target = f" refers to {cell(key.target)}" if key.target else ""
    return f"- {key.kind}: {', '.join(map(cell, key.columns))}{target}"
