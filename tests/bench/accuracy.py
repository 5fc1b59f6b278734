"""Execution accuracy of ASK through a gateway, with a real client, over the text-to-SQL cases of ../shared/eval.

    python -m tests.bench.accuracy --port 3307 --user root [--cases 31] [--notes]

The databases must be loaded on the server behind the gateway (the README of the cases says how). Prints right, failed
to run and refused by category, and the median seconds a question. ``--notes`` appends a case's notes to its question.
"""

import argparse
import dataclasses
import importlib.util
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pymysql
import pymysql.constants.FIELD_TYPE as FIELD_TYPE

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "eval"
TODAY = "SET timestamp = UNIX_TIMESTAMP('2026-11-21 12:00:00')"
# askwire's codes: what was not answered on purpose.
REFUSED = {57006, 57007}


@dataclasses.dataclass(frozen=True, slots=True)
class Result:
    """``outcome``: right, wrong, failed or refused."""

    case: dict[str, Any]
    outcome: str
    seconds: float
    detail: str = ""


def load_cases(count: int | None = None) -> list[dict[str, Any]]:
    """All cases, or about ``count`` of them by stride."""
    cases = [json.loads(line) for line in (FOLDER / "cases.jsonl").read_text().splitlines()]
    step = max(1, len(cases) // count) if count else 1
    return cases[::step]


def question_of(case: dict[str, Any], notes: bool) -> str:
    return f"{case['question']}\n{case['notes']}" if notes and case["notes"] else str(case["question"])


def _matches() -> Callable[[Any, Any], bool]:
    spec = importlib.util.spec_from_file_location("compare", FOLDER / "compare.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    matches: Callable[[Any, Any], bool] = module.matches
    return matches


def judge(case: dict[str, Any], rows: Iterable[Iterable[Any]]) -> bool:
    """Whether the rows are one of the case's gold results."""
    got = [tuple(row) for row in rows]
    return any(_matches()([tuple(r) for r in gold], got) for gold in case["gold_results"])


def measure(cases: list[dict[str, Any]], answer: Callable[[dict[str, Any]], Iterable[Iterable[Any]]]) -> list[Result]:
    """Ask every case; ``answer`` gives rows or raises ``pymysql.err.MySQLError``."""
    results = []
    for case in cases:
        started = time.monotonic()
        try:
            rows = answer(case)
            outcome, detail = ("right", "") if judge(case, rows) else ("wrong", "")
        except pymysql.err.MySQLError as error:
            # PyMySQL reads an error's number as signed: 57006 arrives as -8530.
            outcome = "refused" if error.args and int(error.args[0]) & 0xFFFF in REFUSED else "failed"
            detail = str(error)
        results.append(Result(case, outcome, time.monotonic() - started, detail))
        print(f"{case['id']}: {outcome}, {results[-1].seconds:.1f} s", file=sys.stderr, flush=True)
    return results


def report(results: list[Result]) -> str:
    """A table by category."""
    lines = [f"{'category':36} {'of':>4} {'right':>6} {'failed':>7} {'refused':>8} {'median s':>9}"]
    categories = sorted({r.case["category"] for r in results})
    for category in [*categories, "all"]:
        of = [r for r in results if category in ("all", r.case["category"])]
        count = {name: sum(r.outcome == name for r in of) for name in ("right", "failed", "refused")}
        median = statistics.median(r.seconds for r in of)
        lines.append(
            f"{category:36} {len(of):4} {count['right']:6} {count['failed']:7} {count['refused']:8} {median:9.2f}"
        )
    right = sum(r.outcome == "right" for r in results)
    return "\n".join([*lines, f"right: {right} of {len(results)} ({100 * right / len(results):.1f} %)"])


class Gateway:
    """One connection a database, as a person would have."""

    def __init__(self, host: str, port: int, user: str, password: str, notes: bool = False) -> None:
        self._login = {"host": host, "port": port, "user": user, "password": password}
        self._notes = notes
        self._connections: dict[str, pymysql.Connection[Any]] = {}

    def answer(self, case: dict[str, Any]) -> Iterable[Iterable[Any]]:
        cursor = self._connection(case["db"]).cursor()
        literal = question_of(case, self._notes).replace("\\", "\\\\").replace("'", "''")
        cursor.execute(f"ASK '{literal}'")
        return cursor.fetchall()

    def _connection(self, database: str) -> "pymysql.Connection[Any]":
        if database not in self._connections:
            # The gold results spell times of day as text.
            convert = {k: v for k, v in pymysql.converters.conversions.items() if k != FIELD_TYPE.TIME}
            connection = pymysql.connect(**self._login, database=database, autocommit=True, conv=convert)
            connection.cursor().execute(TODAY)
            self._connections[database] = connection
        return self._connections[database]

    def close(self) -> None:
        for connection in self._connections.values():
            connection.close()


def main() -> None:
    parser = argparse.ArgumentParser(description="Execution accuracy of ASK")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--user", default="root")
    parser.add_argument("--password", default="")
    parser.add_argument("--cases", type=int, help="about so many, by stride; all by default")
    parser.add_argument("--notes", action="store_true", help="append the notes to the questions")
    given = parser.parse_args()
    if not FOLDER.is_dir():
        parser.exit(0, "The cases (../shared/eval) are not here; nothing measured.\n")
    gateway = Gateway(given.host, given.port, given.user, given.password, given.notes)
    try:
        print(report(measure(load_cases(given.cases), gateway.answer)))
    finally:
        gateway.close()


if __name__ == "__main__":
    main()
