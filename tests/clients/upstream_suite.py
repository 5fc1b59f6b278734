"""SQLAlchemy's own test suite for MySQL, with PyMySQL, through ``askwire serve`` to databases that are not MySQL.

    python -m tests.clients.upstream_suite [postgresql] [duckdb] [--only EXPRESSION]

Tests that may fail are in suite_differences.txt, each with its reason. Ends with status 1 when one fails that is not
listed, or one passes that is.
"""

import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import duckdb
import typer

from tests.clients.suites import Outcomes, Suite, prepare_sqlalchemy, run_suite, summary
from tests.support.gateway import GatewayProcess
from tests.support.postgres import postgres_server

LIST = Path(__file__).with_name("suite_differences.txt")
SCHEMAS = ("test", "test_schema", "test_schema_2")
QUICK = "Fetch or Numeric or LikeFunctions or InsertBehavior or RowCount or Exists or String"
# The suite puts the driver and the server's version into each class's name.
_DRIVER = re.compile(r".*\.(?P<suite>\w+?)_(?:mysql|mariadb)\+\w+::(?P<test>.*)", re.S)


@dataclass(frozen=True)
class Entry:
    """A line of the list. ``test`` is ``Class::name``, in which ``*`` stands for anything."""

    upstream: str
    test: str
    reason: str

    def matches(self, test: str) -> bool:
        pattern = ".*".join(re.escape(piece) for piece in self.test.split("*"))
        return re.fullmatch(pattern, test, re.S) is not None


@contextmanager
def postgresql() -> Iterator[tuple[str, str]]:
    """The upstream's address, and ``user:password`` for it; the schemas that the suite wants are there."""
    with postgres_server() as server:
        server.run_sql("CREATE DATABASE suite OWNER app")
        server.run_sql(*(f"CREATE SCHEMA {name} AUTHORIZATION app" for name in SCHEMAS), database="suite")
        yield server.url("suite"), "app:secret"


@contextmanager
def duckdb_file() -> Iterator[tuple[str, str]]:
    """As ``postgresql``."""
    with tempfile.TemporaryDirectory(prefix="askwire-suite-") as folder:
        path = Path(folder) / "suite.duckdb"
        with duckdb.connect(path) as connection:
            for name in SCHEMAS:
                connection.execute(f"CREATE SCHEMA {name}")
        yield f"duckdb:///{path}", "root"


UPSTREAMS: Mapping[str, Callable[[], AbstractContextManager[tuple[str, str]]]] = {
    "postgresql": postgresql,
    "duckdb": duckdb_file,
}


def run_on(upstream: str, only: str = "") -> Outcomes:
    """The suite's outcomes by ``Class::name``; ``only`` is an expression for pytest's -k."""
    with (
        UPSTREAMS[upstream]() as (url, login),
        tempfile.TemporaryDirectory(prefix="askwire-suite-") as name,
        GatewayProcess(Path(name), url, {}) as gateway,
    ):
        outcomes = run_suite(_suite(login), gateway.port, only)
    return {_test_name(test): ended for test, ended in outcomes.items()}


def _suite(login: str) -> Suite:
    def arguments(port: int) -> list[str]:
        url = f"mysql+pymysql://{login}@127.0.0.1:{port}/test?charset=utf8mb4"
        return ["test/dialect/test_suite.py", "--dburi", url, "--maxfail=100000"]

    return Suite("sqlalchemy-upstream", prepare_sqlalchemy, arguments, QUICK)


def _test_name(test: str) -> str:
    match = _DRIVER.fullmatch(test)
    return f"{match['suite']}::{match['test']}" if match else test


def read_list(text: str) -> list[Entry]:
    """Groups of a line ``upstream …: reason`` and indented lines of one test each; ``#`` begins a comment."""
    entries: list[Entry] = []
    upstreams, reason = "", ""
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if line[0].isspace():
            entries += [Entry(upstream, line.strip(), reason) for upstream in upstreams.split()]
        else:
            upstreams, _, reason = (part.strip() for part in line.partition(":"))
            if not reason or not set(upstreams.split()) <= set(UPSTREAMS):
                raise ValueError(f"not an upstream and a reason: {line}")
    return entries


def surprises(upstream: str, outcomes: Outcomes, entries: list[Entry]) -> list[str]:
    """Tests that fail and are not listed, tests that pass and are, in words."""
    listed = [entry for entry in entries if entry.upstream == upstream]
    found = []
    for test, ended in sorted(outcomes.items()):
        bad = [why for kind, why in ended if kind in ("failed", "error")]
        matching = [entry for entry in listed if entry.matches(test)]
        if bad and not matching:
            found.append(f"{upstream}: not listed and fails: {test}: {bad[0]}")
        elif matching and not bad:
            found.append(f"{upstream}: listed and {ended[0][0]}: {test}")
    return found


def unused(upstream: str, outcomes: Outcomes, entries: list[Entry]) -> list[str]:
    """Lines of the list that no test of the whole suite has; not to be asked about a part of it."""
    return [
        f"{upstream}: no such test: {entry.test}"
        for entry in entries
        if entry.upstream == upstream and not any(entry.matches(test) for test in outcomes)
    ]


def main(
    names: Annotated[list[str] | None, typer.Argument(help=f"Of {', '.join(UPSTREAMS)}; all.")] = None,
    only: Annotated[str, typer.Option(help="An expression for pytest's -k.")] = "",
) -> None:
    """Run the suite on each upstream; print what is not as the list says."""
    entries = read_list(LIST.read_text())
    found: list[str] = []
    for upstream in names or UPSTREAMS:
        outcomes = run_on(upstream, only)
        print(f"{upstream}: {summary(outcomes)}", flush=True)
        found += surprises(upstream, outcomes, entries)
        if not only:
            found += unused(upstream, outcomes, entries)
    print("\n".join(found))
    raise typer.Exit(1 if found else 0)


if __name__ == "__main__":
    typer.run(main)
