"""Names that there are not, or that mean two things."""

import re
from dataclasses import dataclass

from sqlglot import exp

from diagnose.coaching import catalog
from diagnose.coaching.nearness import listed, nearest
from diagnose.evidence.blocks import Source, find_blocks
from diagnose.evidence.facts import Schema
from diagnose.evidence.parsing import parse
from diagnose.evidence.reading import read_schema, read_server
from diagnose.evidence.tables import table_names
from plugins import SeenStatement, Session

_QUOTED = re.compile(r"""['"`]([^'"`]+)['"`]""")


@dataclass(frozen=True, slots=True)
class Read:
    """A statement that failed, as far as it is understood."""

    tree: exp.Expr
    schema: Schema
    sources: tuple[Source, ...]


async def read(session: Session, sql: str) -> Read:
    """Raises ``AskwireError`` when it cannot be read, and ``UpstreamError``."""
    server = await read_server(session)
    tree = parse(sql, server.settings.get("sql_mode", ""))
    schema = await read_schema(session, table_names(tree))
    sources = [source for block in find_blocks(tree, schema) for source in block.sources]
    written = target(tree)
    if written is not None:
        sources.append(Source(written.name, written, schema.table(written.name, written.db)))
    return Read(tree, schema, tuple(sources))


def target(tree: exp.Expr) -> exp.Table | None:
    """The table that an INSERT writes to."""
    written = tree.this if isinstance(tree, exp.Insert) else None
    written = written.this if isinstance(written, exp.Schema) else written
    return written if isinstance(written, exp.Table) else None


def quoted(message: str) -> list[str]:
    """What a message quotes."""
    return [found.strip() for found in _QUOTED.findall(message)]


async def unknown_column(session: Session, failed: SeenStatement, message: str) -> list[str]:
    """1054."""
    named = quoted(message)
    if not named:
        return []
    qualifier, _, name = named[0].rpartition(".")
    qualifier = qualifier.rpartition(".")[2]
    known = await read(session, failed.text)
    alias = _used_before_it_is_known(known.tree, name)
    if alias and not qualifier:
        return [alias]
    here = [s for s in known.sources if not qualifier or s.alias.casefold() == qualifier.casefold()]
    if qualifier and not here:
        return _unknown_qualifier(qualifier, known.sources)
    elsewhere = [s.alias for s in known.sources if s not in here and s.table is not None and s.table.column(name)]
    if elsewhere:
        return [f"{name} is a column of {listed(elsewhere)}: write {elsewhere[0]}.{name}."]
    likely = _likely_columns(name, here)
    if likely:
        return [f"Did you mean {listed(likely)}?"]
    if as_text := _meant_as_text(failed.text, name):
        return [as_text]
    owners = await catalog.tables_with_column(session, known.schema.database, name)
    named_here = {s.table.name for s in known.sources if s.table is not None}
    owners = [owner for owner in owners if owner not in named_here]
    return [f"{name} is a column of {listed(owners)}, which the statement does not name."] if owners else []


def _likely_columns(name: str, sources: list[Source]) -> list[str]:
    """With the alias before them where the statement names several tables."""
    spelled = {
        (f"{source.alias}.{column.name}" if len(sources) > 1 else column.name): column.name
        for source in sources
        if source.table is not None
        for column in source.table.columns
    }
    best = nearest(name, dict.fromkeys(spelled.values()))
    return [shown for column in best for shown, own in spelled.items() if own == column][:3]


def _unknown_qualifier(qualifier: str, sources: tuple[Source, ...]) -> list[str]:
    renamed = [s for s in sources if s.table is not None and s.table.name.casefold() == qualifier.casefold()]
    if renamed:
        return [f"{qualifier} has the alias {renamed[0].alias} here: write {renamed[0].alias} before the column."]
    aliases = list(dict.fromkeys(s.alias for s in sources if s.alias))
    likely = nearest(qualifier, aliases) or aliases[:3]
    return [f"No table is called {qualifier} here: did you mean {listed(likely)}?"] if likely else []


def _used_before_it_is_known(tree: exp.Expr, name: str) -> str:
    """An alias of the SELECT list in WHERE."""
    for select in tree.find_all(exp.Select):
        aliases = {item.alias.casefold() for item in select.expressions if isinstance(item, exp.Alias)}
        where = select.args.get("where")
        used = where is not None and any(c.name.casefold() == name.casefold() for c in where.find_all(exp.Column))
        if used and name.casefold() in aliases:
            return f"{name} is an alias of the SELECT list, which WHERE does not know yet: repeat its expression there."
    return ""


def _meant_as_text(sql: str, name: str) -> str:
    if f"`{name}`" in sql or f'"{name}"' in sql:
        return f"If {name} is a text and no column, write it in single quotes: '{name}'."
    return ""


async def ambiguous_column(session: Session, failed: SeenStatement, message: str) -> list[str]:
    """1052."""
    named = quoted(message)
    if not named:
        return []
    name = named[0].rpartition(".")[2]
    known = await read(session, failed.text)
    owners = [s.alias for s in known.sources if s.table is not None and s.table.column(name) is not None]
    choices = [f"{alias}.{name}" for alias in dict.fromkeys(owners)]
    return [f"Say which table's: {listed(choices)}."] if len(choices) > 1 else []


async def unknown_table(session: Session, failed: SeenStatement, message: str) -> list[str]:
    """1146."""
    named = quoted(message)
    if not named:
        return []
    database, _, name = named[0].rpartition(".")
    database = database or session.database or ""
    if not database:
        return []
    visible = await catalog.tables(session, database)
    likely = nearest(name, visible)
    if likely:
        return [f"Did you mean {listed(likely)}?"]
    other = [place for place in await catalog.databases_with_table(session, name) if place != database]
    if other:
        return [f"There is a table {name} in {listed(other)}: write {other[0]}.{name}."]
    known = await read(session, failed.text)
    if any(column.table.casefold() == name.casefold() for column in known.tree.find_all(exp.Column)):
        return _unknown_qualifier(name, known.sources)
    return []


async def unknown_database(session: Session, failed: SeenStatement, message: str) -> list[str]:
    """1049."""
    named = quoted(message)
    likely = nearest(named[0], await catalog.databases(session)) if named else []
    return [f"Did you mean {listed(likely)}?"] if likely else []
