"""Finds values that the question names ("symbol VTI", "the vendor named 'Utility Company'") in the columns of the data.

Columns with few values are known already, from ``samples``; all other short text columns of small tables are asked, in
one bounded query a table. What is found is spelled as the data spells it.
"""

import difflib
import re
import time
from dataclasses import dataclass, replace

from nl2sql.catalog import Catalog, CatalogTable, clean
from nl2sql.words import STOP, stem, words
from plugins import Session, UpstreamError
from plugins.literals import quote_literal, quote_name

PHRASES = 8
PHRASE_CHARS = 60
FOUND = 8
TABLE_ROWS = 100_000
TABLES = 20
COLUMNS = 30
UNSPACED_CHARS = 300
QUERY_SECONDS = 0.3
TOTAL_SECONDS = 0.6
_TEXT = {"char", "varchar", "tinytext", "text", "enum"}
_ALIKE = 0.85
# The apostrophe of "Bob's" neither begins nor ends a quotation; next to Chinese or Japanese a quote stands unspaced.
_LETTER = r"[A-Za-zÀ-ÿ0-9]"
QUOTED = re.compile(
    rf"(?<!{_LETTER})'((?:[^']|(?<={_LETTER})'(?={_LETTER})){{1,60}})'(?!{_LETTER})"
    r"|\"([^\"]{1,60})\"|`([^`]{1,60})`|[“«„]([^”»“]{1,60})[”»“]"
    r"|「([^」]{1,60})」|『([^』]{1,60})』|‘([^’]{1,60})’"
)
# Scripts that are written without spaces between words: a value is then any part of the text.
_UNSPACED = re.compile(r"[\u3041-\u30ff\u3400-\u9fff\uf900-\ufaff\uff66-\uff9f]")
# Capitals inside of a sentence, and words with digits or signs in them: names, codes, addresses.
_NAMED = re.compile(
    r"(?<![.?!:]\s)(?<!^)\b(?:[A-Z][\w&'.-]*)(?:\s+[A-Z][\w&'.-]*)*|\b[A-Za-z]+[-_]?\d[\w-]*\b|\S+@\S+\w"
)


@dataclass(frozen=True, slots=True)
class FoundValue:
    """``value``, as the data spells it, stands in ``table.column``; which the question names.

    ``absent``: columns, as ``table.column``, that were asked for it in vain.
    """

    table: str
    column: str
    value: str
    absent: frozenset[str] = frozenset()

    @property
    def hint(self) -> str:
        """For the prompt."""
        return f"{self.table}.{self.column} has the value '{clean(self.value, PHRASE_CHARS)}'"


def phrases(question: str, catalog: Catalog) -> list[str]:
    """What may be a value: quoted text first, then names. Words of the schema are none."""
    quoted = [next(g for g in m.groups() if g).strip() for m in QUOTED.finditer(question)]
    named = [m[0].strip(" .,;:'") for m in _NAMED.finditer(QUOTED.sub(" ", question))]
    called = {w for t in catalog.tables for name in (t.name, *(c.name for c in t.columns)) for w in words(name)}
    kept = [n for n in named if len(n) > 1 and any(w not in STOP and w not in called for w in words(n))]
    return list(dict.fromkeys([*quoted, *(k[:PHRASE_CHARS] for k in kept)]))[:PHRASES]


def known_values(question: str, catalog: Catalog) -> list[FoundValue]:
    """Sampled values that the question names, also with another spelling; the longest come first."""
    asked = words(question)
    folded = f" {' '.join(_singular(w) for w in asked)} "
    quoted = " ".join(m[0] for m in QUOTED.finditer(question)).casefold()
    found: list[FoundValue] = []
    for table in catalog.tables:
        for column in table.columns:
            for value in column.values:
                parts = words(value)
                if _UNSPACED.search(value):
                    if len(value) > 1 and value in question:
                        found.append(FoundValue(table.name, column.name, value))
                    continue
                phrase = " ".join(parts)
                if (
                    len(phrase) < 3
                    or all(_singular(p) in STOP for p in parts)
                    or (phrase not in quoted and _is_schema(parts, catalog))
                ):
                    continue
                if f" {' '.join(_singular(p) for p in parts)} " in folded or _misspelled(phrase, asked):
                    found.append(FoundValue(table.name, column.name, value))
    return sorted(found, key=lambda f: -len(f.value))


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def _is_schema(parts: list[str], catalog: Catalog) -> bool:
    """Every word of the value is a word of a table's or key's name: the question means those."""
    called = _called(catalog)
    return all(any(stem(p) in name for name in called) for p in parts)


def _called(catalog: Catalog) -> list[str]:
    return [t.name.casefold() for t in catalog.tables]


def _misspelled(phrase: str, asked: list[str]) -> bool:
    if " " in phrase or len(phrase) < 6 or phrase in STOP:
        return False
    likely = [w for w in asked if w[0] == phrase[0] and w not in STOP]
    near = difflib.get_close_matches(phrase, likely, n=1, cutoff=_ALIKE)
    return bool(near)


async def find_values(session: Session, question: str, catalog: Catalog) -> list[FoundValue]:
    """Where values of the question stand. Never raises UpstreamError: without a lookup there is only less to say."""
    known = known_values(question, catalog)
    told = {k.value.casefold() for k in known}
    said = phrases(question, catalog)
    wanted = [p for p in said if p.casefold() not in told]
    found: list[FoundValue] = []
    absent: set[str] = set()
    started = time.monotonic()
    for table in catalog.tables[:TABLES]:
        if (wanted or _UNSPACED.search(question)) and time.monotonic() - started < TOTAL_SECONDS:
            here, without = await _lookup(session, table, said, question)
            found += [f for f in here if f.value.casefold() not in told]
            absent |= without
    asked = {p.casefold() for p in said}
    every = [replace(f, absent=frozenset(absent)) if f.value.casefold() in asked else f for f in (*found, *known)]
    return every[:FOUND]


def _condition(column: str, wanted: list[str], question: str) -> str:
    """In SQL: the column has one of the values, or one that stands in a text without spaces."""
    holds = [f"{column} IN ({', '.join(quote_literal(p) for p in wanted)})"] if wanted else []
    if _UNSPACED.search(question):
        said = quote_literal(question[:UNSPACED_CHARS])
        holds.append(f"(CHAR_LENGTH({column}) > 1 AND INSTR({said}, {column}) > 0)")
    return " OR ".join(holds)


async def _lookup(
    session: Session, table: CatalogTable, wanted: list[str], question: str
) -> tuple[list[FoundValue], set[str]]:
    """What of ``wanted`` stands in the table's columns, and the columns that have none of it."""
    if table.view or table.rows > TABLE_ROWS:
        return [], set()
    columns = [c for c in table.columns if c.base_type in _TEXT and not c.values][:COLUMNS]
    if not columns:
        return [], set()
    parts = [
        f"(SELECT {at}, {name} FROM {quote_name(table.name)} WHERE {_condition(name, wanted, question)} LIMIT 2)"
        for at, name in enumerate(quote_name(c.name) for c in columns)
    ]
    try:
        result = await session.query(" UNION ALL ".join(parts), time_limit_s=QUERY_SECONDS, max_rows=2 * COLUMNS)
    except UpstreamError:
        return [], set()
    found = [
        FoundValue(table.name, columns[int(at)].name, value)
        for at, value in result.rows
        if isinstance(at, str) and isinstance(value, str)
    ]
    return found, {f"{table.name}.{c.name}" for c in columns} - {f"{f.table}.{f.column}" for f in found}
