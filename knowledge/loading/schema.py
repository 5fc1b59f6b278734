"""A database's own schema and comments as a document, so that ``ASK DOCS`` can tell what a table or column means."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tokenizers import Tokenizer

from knowledge.loading.chunks import document_of
from knowledge.loading.draft import cell, clean, one_line, table
from knowledge.loading.types import Document, Loaded


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
    """The tables as Markdown, a section for each. ``name``: the source that is shown.

    Large schemas take seconds with a tokenizer: call it in a thread.
    """
    heading = f"Database {one_line(database)}"
    text = f"# {heading}\n\n"
    for entry in tables:
        text += "\n\n".join(_table(entry)) + "\n\n"
    loaded = Loaded(name or f"schema of {one_line(database)}", heading, text)
    tokenizer = Tokenizer.from_file(str(tokenizer_file)) if tokenizer_file else None
    return document_of(loaded, tokenizer, max_tokens, len(text.encode()))


def _table(entry: SchemaTable) -> Iterator[str]:
    yield f"## {'View' if entry.is_view else 'Table'} {one_line(entry.name)}"
    if entry.comment.strip():
        # A comment is no Markdown: its lines must not look like headings.
        yield re.sub(r"^( {0,3})#", r"\1\#", clean(entry.comment).strip(), flags=re.MULTILINE)
    rows = [[each.name, each.type, "yes" if each.nullable else "no", each.comment] for each in entry.columns]
    yield table([["column", "type", "may be empty", "meaning"], *rows])
    if entry.keys:
        yield "\n".join(_key(key) for key in entry.keys)


def _key(key: SchemaKey) -> str:
    target = f" refers to {cell(key.target)}" if key.target else ""
    return f"- {key.kind}: {', '.join(map(cell, key.columns))}{target}"
