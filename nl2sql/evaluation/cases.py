"""The cases of an evaluation: questions with the results that are right, one JSON object a line; docs/evaluation.md."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

Rows = tuple[tuple[Any, ...], ...]


class CasesError(Exception):
    """The file cannot be read as cases; the message names file and line."""


@dataclass(frozen=True, slots=True)
class Case:
    """``gold_results``: any of them is right; empty: what ``gold_sql`` gives when it is run is right."""

    id: str
    db: str
    category: str
    question: str
    notes: str
    gold_sql: tuple[str, ...]
    gold_results: tuple[Rows, ...]


def load_cases(path: Path) -> list[Case]:
    """Every case of the file. Raises CasesError."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CasesError(f"{path}: {error}") from error
    cases: dict[str, Case] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            case = _case(json.loads(line))
        except (ValueError, TypeError) as error:
            raise CasesError(f"{path}, line {number}: {error}") from error
        if case.id in cases:
            raise CasesError(f"{path}, line {number}: the id {case.id!r} stands twice")
        cases[case.id] = case
    if not cases:
        raise CasesError(f"{path} holds no case")
    return list(cases.values())


def _case(record: Any) -> Case:
    if not isinstance(record, dict):
        raise ValueError("a case is a JSON object")
    texts = {}
    for key in ("id", "db", "category", "question", "notes"):
        value = record.get(key, "")
        if not isinstance(value, str) or (not value.strip() and key in ("id", "db", "question")):
            raise ValueError(f"{key!r} must be text")
        texts[key] = value
    sql = record.get("gold_sql") or ()
    results = record.get("gold_results") or ()
    gold_sql = (sql,) if isinstance(sql, str) else tuple(sql)
    gold_results = tuple(tuple(tuple(row) for row in result) for result in results)
    if not all(isinstance(text, str) for text in gold_sql):
        raise ValueError("'gold_sql' must be text or a list of texts")
    if not gold_sql and not gold_results:
        raise ValueError("a case needs 'gold_sql' or 'gold_results'")
    return Case(**texts, gold_sql=gold_sql, gold_results=gold_results)


def select_cases(cases: Sequence[Case], only: Sequence[str] = (), count: int | None = None) -> list[Case]:
    """The cases whose category, database or id fits one of the patterns (``basic_*``); about ``count`` of them, by
    stride, so that every part of the file is in."""
    chosen = [
        case
        for case in cases
        if not only or any(fnmatchcase(value, p) for p in only for value in (case.category, case.db, case.id))
    ]
    step = max(1, len(chosen) // count) if count else 1
    return chosen[::step]
