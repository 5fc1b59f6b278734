"""LOAD KNOWLEDGE SCHEMA: the selected database's own schema and comments as a document of a knowledge base."""

import io
import re
from collections.abc import Iterator, Sequence

from knowledge.bases import Bases
from knowledge.loading.draft import clean, one_line
from knowledge.records import Who
from knowledge.statements import Knowledge
from nl2sql.catalog import Catalog, CatalogColumn, CatalogTable, Link, read_catalog
from plugins import Answer, AskwireError, Done, ErrorCode, Note, Services, Session, Statement
from plugins.grammar import Reader

FORM = "LOAD KNOWLEDGE SCHEMA INTO name"


class SchemaDocuments:
    """The handler."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def statements(self) -> list[Statement]:
        return [Statement("load knowledge schema", self._load, ("LOAD", "KNOWLEDGE", "SCHEMA"))]

    async def _load(self, session: Session, text: str) -> Answer:
        name = parse_load_schema(text)
        bases, knowledge = self._services.get(Bases), self._services.get(Knowledge)
        if bases is None or knowledge is None:
            raise AskwireError(ErrorCode.KNOWLEDGE_UNAVAILABLE, "This gateway runs without the knowledge plugin")
        if not session.database:
            raise AskwireError(ErrorCode.NO_DATABASE, "No database is selected")
        base = await bases.owned(Who(session.upstream, session.account), name)
        catalog = await read_catalog(session)
        if not catalog.tables:
            raise AskwireError(ErrorCode.NO_TABLES, f"This account sees no table in {session.database!r}")
        source = f"schema of {one_line(catalog.database).replace('/', '_')}.md"
        content = schema_markdown(catalog).encode("utf-8", "replace")
        await knowledge.upload(base, source, io.BytesIO(content), session.account)
        tables = f"{len(catalog.tables)} table{'s' if len(catalog.tables) > 1 else ''} as {source!r}"
        readers = f"who reads {base.name} sees them too"
        return Done(1, (Note(f"{tables}: being loaded; {readers}; SHOW AI KNOWLEDGE {base.name} tells how far"),))


def parse_load_schema(text: str) -> str:
    """The base's name. Raises SYNTAX."""
    reader = Reader(text, FORM)
    reader.expect("LOAD", "KNOWLEDGE", "SCHEMA", "INTO")
    name = reader.name()
    reader.end()
    return name


def schema_markdown(catalog: Catalog) -> str:
    """A section for each table: its comment, columns and keys, each in words of its own. No row of a table is in it."""
    parts = [f"# Database {one_line(catalog.database)}"]
    for entry in catalog.tables:
        parts += _table(entry, [link for link in catalog.links if link.declared and link.table == entry.name])
    return "\n\n".join(parts) + "\n"


def _table(entry: CatalogTable, links: Sequence[Link]) -> Iterator[str]:
    name = one_line(entry.name)
    yield f"## {'View' if entry.view else 'Table'} {name}"
    if entry.comment.strip():
        # A comment is no Markdown: its lines must not look like headings.
        yield re.sub(r"^( {0,3})#", r"\1\#", clean(entry.comment).strip(), flags=re.MULTILINE)
    # As sentences, for ASK DOCS answers with sentences.
    said = [f"Column {one_line(c.name)} of {name} ({one_line(c.type)}): {_meaning(c)}" for c in entry.columns]
    if primary := [one_line(c.name) for c in entry.columns if c.primary]:
        said.append(f"The primary key of {name} is {', '.join(primary)}.")
    for link in links:
        target = f"{one_line(link.to_table)}.{one_line(link.to_column)}"
        said.append(f"Column {one_line(link.column)} of {name} refers to {target}.")
    yield "\n".join(f"- {sentence}" for sentence in said)


def _meaning(column: CatalogColumn) -> str:
    return one_line(column.comment).rstrip(".") + "." if column.comment.strip() else "no comment."
