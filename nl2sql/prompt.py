"""The prompt: a stable prefix made of the schema alone, whose key-value cache is reused, and the question last.

Text from the database (names, comments, values) is untrusted: it is put on one line, shortened, and stripped of what
could end the line or the listing. Whatever it talks the model into, the guard checks the outcome.
"""

import re
from collections.abc import Sequence

from nl2sql.catalog import COMMENT_CHARS, Catalog, CatalogColumn, CatalogTable, Link, clean
from nl2sql.examples import examples as schema_examples
from nl2sql.examples import quote
from nl2sql.windows import windows

SHOWN_VALUES = 8
SHOWN_EXAMPLES = 2
CANNOT = "CANNOT:"

INSTRUCTIONS = f"""You write MySQL. Answer each question with one SELECT statement for the tables below, nothing else.
- Use only these tables and columns. A column belongs only to the table that lists it: join when you need more.
- Return exactly what is asked for, no other columns. Add no condition that the question does not state.
- If the tables hold nothing about the question, answer only: {CANNOT} and the reason.
"""


def system_prompt(catalog: Catalog, with_examples: bool = True) -> str:
    """The prefix: the same text for the same catalog. Examples only where it is kept, for they take time to read."""
    tables = "\n".join(render_table(table, catalog) for table in catalog.tables)
    shown = (
        "\n".join(f"-- {clean(e.question, 300)}\n{e.sql};" for e in schema_examples(catalog)) if with_examples else ""
    )
    return f"{INSTRUCTIONS}\n{tables}\n" + (f"\nExamples for these tables:\n{shown}\n" if shown else "")


def render_table(table: CatalogTable, catalog: Catalog) -> str:
    """``CREATE TABLE name (column type, -- comment: values …`` without what a reader does not need."""
    comment = f" -- {_comment(table.comment)}" if table.comment else ""
    lines = [f"CREATE TABLE {_name(table.name)} ({comment}"]
    links = {k.column: k for k in catalog.links if k.table == table.name}
    lines += [_column_line(column, links.get(column.name)) for column in table.columns]
    return "\n".join([*lines, ");"])


def _column_line(column: CatalogColumn, link: Link | None) -> str:
    parts = [_name(column.name), _type(column)]
    if column.primary:
        parts.append("PRIMARY KEY")
    if link is not None:
        parts.append(f"REFERENCES {_name(link.to_table)}({_name(link.to_column)})")
    notes = []
    if column.comment:
        notes.append(_comment(column.comment))
    if column.values and link is None and not _told(column):
        shown = ", ".join(f"'{clean(v, 40)}'" for v in column.values[:SHOWN_VALUES])
        notes.append(shown + (", …" if len(column.values) > SHOWN_VALUES else ""))
    return " ".join(parts) + "," + (f" -- {'; '.join(notes)}" if notes else "")


def _told(column: CatalogColumn) -> bool:
    """The comment lists the values already, or they are numbers in text, which say nothing."""
    comment = column.comment.casefold()
    return all(value.isdecimal() or value.casefold() in comment for value in column.values)


def _type(column: CatalogColumn) -> str:
    if column.type.startswith("tinyint(1)"):
        return "boolean"
    return {
        "enum": "enum",
        "varchar": "text",
        "char": "text",
        "tinytext": "text",
        "mediumtext": "text",
        "longtext": "text",
    }.get(column.base_type, column.base_type)


def _name(name: str) -> str:
    return quote(clean(name, 64))


def _comment(text: str) -> str:
    return clean(text, COMMENT_CHARS).replace("--", "-")


# A small model that is told the date filters by it; so it is told only when the question depends on it.
_RELATIVE = re.compile(
    r"\b(today|yesterday|tomorrow|now|current(ly)?|this|last|past|previous|recent(ly)?|ago|next|upcoming|so far|to date"
    r"|ytd|mtd)\b",
    re.IGNORECASE,
)


def user_prompt(
    question: str,
    today: str,
    hints: Sequence[str] = (),
    terms: Sequence[str] = (),
    examples: Sequence[tuple[str, str]] = (),
    before: str = "",
) -> str:
    """The part that changes. ``examples``: questions like it, with their SQL, the nearest first.

    ``before``: what the question goes on from.
    """
    parts = [
        f'Like this, "{clean(asked, 200)}" is answered by:\n{clean(sql, 1_000)}'
        for asked, sql in examples[:SHOWN_EXAMPLES]
    ]
    parts += [f"Today, CURDATE(), is {today}."] if _RELATIVE.search(question) and not windows(question) else []
    question, others = spell_out(question, terms)
    parts += [f"Note: {clean(term, 400)}" for term in others]
    parts += [f"Note: {clean(hint, 400)}." for hint in hints]
    parts += [before] if before else []
    parts.append(f"Question: {' '.join(question.split())}")
    return "\n".join(parts)


# "ASP = average selling price." and "ASP (average selling price) = …"
_SHORT = re.compile(r"^(?:\S+: )?(?P<name>[A-Z]\w+) = (?P<meaning>[^=]{3,70}?)\.?$")


def spell_out(question: str, terms: Sequence[str]) -> tuple[str, list[str]]:
    """The question with short definitions put behind their abbreviations, and the terms that are left."""
    left = []
    for term in terms:
        found = _SHORT.match(term)
        said = re.search(rf"\b{found['name']}\b", question) if found is not None else None
        if found is not None and said is not None:
            question = f"{question[: said.end()]} ({clean(found['meaning'], 80)}){question[said.end() :]}"
        else:
            left.append(term)
    return question, left


def repair_prompt(asked: str, sql: str, error: str) -> str:
    """The question once more, with the statement that failed and what the checks said about it."""
    return (
        f"{asked}\n\nThis statement is wrong:\n{sql[:2000]}\nError: {clean(error, 900)}\nWrite the corrected statement."
    )
