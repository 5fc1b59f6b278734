"""The SELECTs that a rehearsal reads rows with, and how rows are shown."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlglot import exp

from nl2sql.catalog import CatalogColumn
from nl2sql.writes.guard import Change, quoted
from plugins.readonly import generate

SHOWN_ROWS = 20
SHOWN_CHARS = 200
_TEXT = {"char", "varchar", "tinytext", "text", "mediumtext", "longtext"}
_UNREADABLE = re.compile(r"binary|blob|geometry|point|line|polygon|vector|geometrycollection")

Value = str | bytes | None
Key = tuple[Value, ...]
Row = dict[str, Value]


@dataclass(frozen=True, slots=True)
class Shown:
    """One row, told by its primary key; ``before`` None: it is new; ``after`` None: it is deleted."""

    key: str
    before: str | None
    after: str | None


def picked_keys(change: Change, limit: int) -> str:
    """SELECT of the keys of the rows that UPDATE and DELETE pick."""
    return _picked(change, [_column(key) for key in change.keys], limit)


def picked_rows(change: Change) -> str:
    """SELECT of the first rows that UPDATE and DELETE pick: the key, then what is shown."""
    return _picked(change, _outputs(change), SHOWN_ROWS)


def _picked(change: Change, outputs: list[exp.Expr], limit: int) -> str:
    assert isinstance(change.picked, exp.Select)
    tree = change.picked.copy()
    tree.set("expressions", outputs)
    own = tree.args.get("limit")
    if own is None:
        tree.set("order", _by_key(change))
    return generate(tree.limit(limit if own is None else min(limit, int(own.expression.name)), copy=False))


def rows_with(change: Change, keys: Sequence[Sequence[exp.Expr]]) -> str:
    """SELECT of the rows with those keys."""
    names = change.keys
    each = [exp.and_(*(_column(n).eq(v) for n, v in zip(names, key, strict=True))) for key in keys]
    return generate(_table_rows(change).where(exp.or_(*each), copy=False))


def rows_after(change: Change, key: Value) -> str:
    """SELECT of the rows with a greater key, all when there was none."""
    tree = _table_rows(change)
    if key is not None:
        tree = tree.where(exp.GT(this=_column(change.keys[0]), expression=literal(key)), copy=False)
    return generate(tree)


def greatest_key(change: Change) -> str:
    """SELECT of the greatest key there is."""
    select = exp.Select(expressions=[exp.Max(this=_column(change.keys[0]))])
    return generate(select.from_(exp.Table(this=quoted(change.table.name)), copy=False))


def row_count(query: exp.Query, limit: int) -> str:
    """SELECT of the number of rows of ``query``, as far as ``limit``."""
    inner = exp.Subquery(this=query.copy().limit(limit, copy=False), alias=exp.TableAlias(this=quoted("picked")))
    if query.args.get("limit") is not None:  # it has its own, which may be smaller
        inner = exp.Subquery(this=query.copy(), alias=exp.TableAlias(this=quoted("picked")))
    return generate(exp.Select(expressions=[exp.Count(this=exp.Star())], from_=exp.From(this=inner)))


def all_rows(change: Change, limit: int) -> str:
    """SELECT of the number of rows of the table, as far as ``limit``."""
    return row_count(exp.Select(expressions=[exp.Literal.number(1)], from_=_from(change)), limit)


def literal(value: Value) -> exp.Expr:
    """A value that the database gave, as it is compared with its column."""
    if value is None:
        return exp.Null()
    return exp.HexString(this=value.hex()) if isinstance(value, bytes) else exp.Literal.string(value)


def _table_rows(change: Change) -> exp.Select:
    tree = exp.Select(expressions=_outputs(change), from_=_from(change), order=_by_key(change))
    return tree.limit(SHOWN_ROWS, copy=False)


def _from(change: Change) -> exp.From:
    return exp.From(this=exp.Table(this=quoted(change.table.name)))


def _by_key(change: Change) -> exp.Order:
    return exp.Order(expressions=[exp.Ordered(this=_column(key), nulls_first=True) for key in change.keys])


def _column(name: str) -> exp.Column:
    return exp.Column(this=quoted(name))


def _outputs(change: Change) -> list[exp.Expr]:
    """The key's columns as they are, then those that are shown, long text cut."""
    shown: list[exp.Expr] = [_column(key) for key in change.keys]
    for column in _shown_columns(change):
        cut = column.base_type in _TEXT
        length = exp.Literal.number(SHOWN_CHARS)
        shown.append(exp.Left(this=_column(column.name), expression=length) if cut else _column(column.name))
    return shown


def _shown_columns(change: Change) -> list[CatalogColumn]:
    return [c for c in change.table.columns if not _UNREADABLE.search(c.base_type)]


def by_key(change: Change, rows: Iterable[Sequence[Value]]) -> dict[Key, Row]:
    """Rows of ``picked_rows`` and its kin, by key."""
    names = [column.name for column in _shown_columns(change)]
    width = len(change.keys)
    return {tuple(row[:width]): dict(zip(names, row[width:], strict=True)) for row in rows}


def difference(change: Change, key: Key, before: Row | None, after: Row | None) -> Shown:
    """What is shown of one row: all of it where it is new or goes, else what SET names and whatever else changed."""
    named = set(change.columns)
    if before is not None and after is not None:
        seen = [n for n in before if n in named or before[n] != after.get(n)]
        before, after = {n: before[n] for n in seen}, {n: after.get(n) for n in seen}
    told = ", ".join(f"{n} = {_text(v)}" for n, v in zip(change.keys, key, strict=True))
    return Shown(told, _json(before), _json(after))


def _json(row: Row | None) -> str | None:
    return None if row is None else json.dumps({n: _text(v) for n, v in row.items()}, ensure_ascii=False)


def _text(value: Value) -> str | None:
    return "0x" + value.hex() if isinstance(value, bytes) else value
