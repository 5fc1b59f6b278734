"""Tries a change inside a transaction, sees what it does, and takes it back; or runs it for good.

Rows are told apart by their primary key. What is run for good is compared with what was tried: the keys of the rows
that the statement picks, and the number of rows that it changes.
"""

from dataclasses import dataclass

from sqlglot import exp

from nl2sql.writes import rows as select
from nl2sql.writes.effects import effects
from nl2sql.writes.guard import Change
from nl2sql.writes.rows import Key, Shown
from plugins import AskwireError, ErrorCode, Session, Trial

# For each statement of a trial, which holds row locks meanwhile.
SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """``picked``: the keys of the rows that UPDATE and DELETE pick. ``also``: what happens beside the statement."""

    change: Change
    affected: int
    picked: frozenset[Key] = frozenset()
    rows: tuple[Shown, ...] = ()
    also: tuple[str, ...] = ()


async def rehearse(session: Session, change: Change, max_rows: int) -> Rehearsed:
    """Raises CANNOT_REHEARSE, TOO_MANY_ROWS and UpstreamError; nothing is changed in any case."""
    also = await effects(session, change)
    async with session.trial(SECONDS) as trial:
        if change.kind == "INSERT":
            picked: frozenset[Key] = frozenset()
            affected, rows = await _try_insert(trial, change, max_rows)
        else:
            picked = await _pick(session, trial, change, max_rows)
            if len(picked) > 1 and await _count(trial, select.all_rows(change, max_rows + 1)) == len(picked):
                also = (f"these are all rows of {change.table.name}", *also)
            affected, rows = await _try_change(trial, change, max_rows)
    if trial.incomplete:
        also = ("the database could not take everything back: a trigger wrote where there are no transactions", *also)
    return Rehearsed(change, affected, picked, rows, also)


async def run_for_good(session: Session, rehearsed: Rehearsed, max_rows: int) -> int:
    """The rows that were changed. Raises CHANGED_MEANWHILE, CANNOT_REHEARSE, TOO_MANY_ROWS and UpstreamError."""
    change = rehearsed.change
    await effects(session, change)
    async with session.trial(SECONDS) as trial:
        if change.kind != "INSERT" and await _pick(session, trial, change, max_rows) != rehearsed.picked:
            raise AskwireError(ErrorCode.CHANGED_MEANWHILE, "It would no longer change the rows that were shown")
        affected = await trial.change(change.sql)
        if affected != rehearsed.affected:
            message = f"It would change {affected} rows, and {rehearsed.affected} when it was tried"
            raise AskwireError(ErrorCode.CHANGED_MEANWHILE, message)
        trial.keep()
    return affected


async def _pick(session: Session, trial: Trial, change: Change, max_rows: int) -> frozenset[Key]:
    """The keys of the rows that the statement picks, which are locked from here on where the database can.

    A plain read would show the transaction's snapshot, while the statement changes the newest rows.
    """
    lock = " FOR UPDATE" if session.upstream.startswith("mysql://") else ""
    result = await trial.query(select.picked_keys(change, max_rows + 1) + lock, max_rows=max_rows + 1)
    _bounded(len(result.rows), max_rows)
    return frozenset(result.rows)


async def _try_change(trial: Trial, change: Change, max_rows: int) -> tuple[int, tuple[Shown, ...]]:
    old = await trial.query(select.picked_rows(change), max_rows=select.SHOWN_ROWS)
    before = select.by_key(change, old.rows)
    affected = await trial.change(change.sql)
    _bounded(affected, max_rows)
    after = {}
    if change.kind == "UPDATE" and before:
        keys = [[select.literal(value) for value in key] for key in before]
        new = await trial.query(select.rows_with(change, keys), max_rows=select.SHOWN_ROWS)
        after = select.by_key(change, new.rows)
    return affected, tuple(select.difference(change, key, before[key], after.get(key)) for key in before)


async def _try_insert(trial: Trial, change: Change, max_rows: int) -> tuple[int, tuple[Shown, ...]]:
    expected = len(change.values)
    if change.picked is not None:
        expected = await _count(trial, select.row_count(change.picked, max_rows + 1))
    _bounded(expected, max_rows)
    query = await _finds_new(trial, change)
    affected = await trial.change(change.sql)
    _bounded(affected, max_rows)
    if query is None:
        return affected, ()
    new = select.by_key(change, (await trial.query(query, max_rows=select.SHOWN_ROWS)).rows)
    if len(new) != min(affected, select.SHOWN_ROWS):  # others are among them, or some are not
        return affected, ()
    return affected, tuple(select.difference(change, key, None, row) for key, row in new.items())


async def _finds_new(trial: Trial, change: Change) -> str | None:
    """The SELECT that finds the new rows: by the keys that they are given, or by what the greatest key was."""
    if change.keys and change.picked is None and set(change.keys) <= set(change.columns):
        at = [change.columns.index(key) for key in change.keys]
        keys = [[row[i] for i in at] for row in change.values[: select.SHOWN_ROWS]]
        simple = all(isinstance(value, exp.Literal) for key in keys for value in key)
        return select.rows_with(change, keys) if simple else None
    if len(change.keys) == 1 and change.keys[0] not in change.columns:
        greatest = (await trial.query(select.greatest_key(change), max_rows=1)).rows[0][0]
        return select.rows_after(change, greatest)
    return None


async def _count(trial: Trial, sql: str) -> int:
    return int((await trial.query(sql, max_rows=1)).rows[0][0] or 0)


def _bounded(count: int, max_rows: int) -> None:
    if count > max_rows:
        raise AskwireError(ErrorCode.TOO_MANY_ROWS, f"It would change more than {max_rows} rows")
