"""The results of a run, as data: one JSON file a run, to look at and to compare later runs with."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import Any

from nl2sql.evaluation.client import Step
from plugins import ErrorCode

FORMAT = 1
# Of each result, to look at; what was compared is all of it.
ROWS_SHOWN = 10
CHARACTERS_SHOWN = 400

Cell = str | int | float | None


class Outcome(StrEnum):
    RIGHT = "right"
    WRONG = "wrong"
    FAILED = "failed"
    REFUSED = "refused"


_REFUSALS = {
    ErrorCode.NOT_ANSWERABLE.number: "refused: not answerable",
    ErrorCode.REFUSED.number: "refused: does more than read",
}
_CAUSES = {
    ErrorCode.NO_VALID_SQL.number: "no valid SQL",
    ErrorCode.DEADLINE.number: "deadline",
    ErrorCode.NO_MODEL.number: "no model",
    ErrorCode.UNKNOWN_MODEL.number: "no model",
    ErrorCode.MODEL_UNAVAILABLE.number: "model unavailable",
    ErrorCode.MODEL_BUSY.number: "model busy",
    # The databases' own: max_statement_time of MariaDB, MAX_EXECUTION_TIME of MySQL.
    1969: "ran too long",
    3024: "ran too long",
    # PyMySQL's own: https://dev.mysql.com/doc/mysql-errors/8.4/en/client-error-reference.html
    2006: "connection lost",
    2013: "connection lost",
}
_OWN = range(57000, 58000)


def outcome_of_error(number: int) -> tuple[Outcome, str]:
    """What an error number says: outcome and cause."""
    if number in _REFUSALS:
        return Outcome.REFUSED, _REFUSALS[number]
    return Outcome.FAILED, _CAUSES.get(number, f"error {number}" if number in _OWN else "did not run")


@dataclass(frozen=True, slots=True)
class Shown:
    """The first rows of a result."""

    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    count: int = 0

    @classmethod
    def of(cls, columns: Iterable[str], rows: Sequence[Sequence[Any]]) -> "Shown":
        return cls(tuple(columns), tuple(tuple(map(_cell, row)) for row in rows[:ROWS_SHOWN]), len(rows))


@dataclass(frozen=True, slots=True)
class Result:
    """One case and what became of it. ``seconds``: of the client, from the question to the last row."""

    id: str
    db: str
    category: str
    question: str
    notes: str
    outcome: Outcome
    cause: str
    seconds: float
    sql: str = ""
    said: tuple[str, ...] = ()
    number: int = 0
    message: str = ""
    got: Shown = Shown()
    gold_sql: tuple[str, ...] = ()
    gold: Shown = Shown()
    steps: tuple[Step, ...] = ()
    first_token_s: float | None = None
    own_s: float | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One evaluation. ``about``: what was run, when, with what, in words, in the order to show. ``complete`` False:
    it was interrupted."""

    about: dict[str, str]
    results: tuple[Result, ...]
    complete: bool = True

    @property
    def right(self) -> int:
        return sum(result.outcome is Outcome.RIGHT for result in self.results)


class ResultsError(Exception):
    """The file holds no results of a run."""


def write_run(run: Run, path: Path) -> None:
    """Raises OSError."""
    text = json.dumps({"format": FORMAT, **asdict(run)}, ensure_ascii=False, indent=1)
    path.write_bytes((text + "\n").encode("utf-8", "replace"))


def read_run(path: Path) -> Run:
    """Raises ResultsError."""
    try:
        record = json.loads(path.read_text("utf-8"))
        if record["format"] != FORMAT:
            raise ResultsError(f"{path} has format {record['format']}; this version reads {FORMAT}")
        results = tuple(_result(item) for item in record["results"])
        return Run({str(k): str(v) for k, v in record["about"].items()}, results, bool(record["complete"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ResultsError(f"{path} holds no results of a run: {error}") from error


def _result(item: dict[str, Any]) -> Result:
    known = {field.name for field in fields(Result)}
    values = {key: value for key, value in item.items() if key in known}
    values |= {"outcome": Outcome(item["outcome"]), "got": _shown(item["got"]), "gold": _shown(item["gold"])}
    values |= {key: tuple(item[key]) for key in ("said", "gold_sql")}
    values["steps"] = tuple(Step(**step) for step in item["steps"])
    return Result(**values)


def _shown(item: dict[str, Any]) -> Shown:
    return Shown(tuple(item["columns"]), tuple(tuple(row) for row in item["rows"]), int(item["count"]))


def _cell(value: Any) -> Cell:
    if value is None or isinstance(value, bool):
        return value
    # JSON has neither NaN nor infinity, and whoever reads it may have no greater whole number.
    if isinstance(value, (int, float)) and abs(value) < 2**53:
        return value
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return text if len(text) <= CHARACTERS_SHOWN else text[:CHARACTERS_SHOWN] + "…"
