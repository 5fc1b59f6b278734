"""Answers on a terminal."""

import contextlib
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlglot
from rich import box
from rich.console import Console
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

SHOWN_ROWS = 15


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client got: column names, and the rows as the driver's Python values."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    def first(self) -> dict[str, Any]:
        """The first row by column name, in lower case; empty without any row."""
        names = (column.lower() for column in self.columns)
        return dict(zip(names, self.rows[0], strict=True)) if self.rows else {}


def show_sql(console: Console, sql: str) -> None:
    """MySQL's SQL over several lines; as it came where it cannot be read."""
    with contextlib.suppress(sqlglot.errors.SqlglotError, IndexError):
        sql = sqlglot.transpile(sql, read="mysql", write="mysql", pretty=True)[0]
    shown = "\n".join(_text(line).plain for line in sql.splitlines())
    console.print(Syntax(shown, "sql", background_color="default", word_wrap=True))


def show_fields(console: Console, fields: dict[str, Any]) -> None:
    """One row, a line for each column."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column()
    for name, value in fields.items():
        table.add_row(name, _text(value))
    console.print(table)
    console.print()


def show_rows(console: Console, answer: Answer) -> None:
    """The first rows as a table, numbers to the right, and how many there are."""
    table = Table(box=box.ROUNDED)
    for index, name in enumerate(answer.columns):
        numeric = any(isinstance(row[index], int | float | Decimal) for row in answer.rows)
        table.add_column(_text(name), justify="right" if numeric else "left")
    for row in answer.rows[:SHOWN_ROWS]:
        table.add_row(*map(_text, row))
    console.print(table)
    count = len(answer.rows)
    shown = f", the first {SHOWN_ROWS} shown" if count > SHOWN_ROWS else ""
    console.print(f"{count} {'row' if count == 1 else 'rows'}{shown}", highlight=False)


def _text(value: Any) -> Text:
    """As it is: neither markup nor an escape sequence of the terminal's means anything."""
    shown = "NULL" if value is None else str(value)
    return Text("".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in shown))
