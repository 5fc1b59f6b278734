"""Other projects' test suites, run direct and through the gateway, and compared test by test.

    python -m tests.clients.suites [aiomysql] [sqlalchemy-pymysql] [sqlalchemy-mysqldb] [--only EXPRESSION]

Each side gets a fresh private MariaDB. A suite may have failures of its own (it was written for other servers); what
counts is that every test ends the same on both sides. Ends with status 1 on any difference.
"""

import subprocess
import sys
import tarfile
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Annotated
from xml.etree import ElementTree

import typer
from rich.console import Console
from rich.table import Table

from tests.clients.clients import cached
from tests.support.gateway import GatewayProcess, clean_environment
from tests.support.shop_server import shop_server

TIMEOUT_S = 3600
AIOMYSQL = "0.3.2"
# What its requirements-dev.txt names, and a limit for a test that hangs.
AIOMYSQL_NEEDS = (
    *("pytest==8.4.2", "PyMySQL==1.1.2", "SQLAlchemy==1.3.24", "uvloop==0.22.1", "cryptography"),
    "pytest-timeout",
)
PASSWORD = "rootpw"
PREPARATION = f"""
CREATE DATABASE test CHARACTER SET utf8mb4; CREATE DATABASE test_schema; CREATE DATABASE test_schema_2;
ALTER USER root@'127.0.0.1' IDENTIFIED BY '{PASSWORD}';
"""
PYTEST = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "--timeout=120", "-o", "junit_family=xunit2")

Outcome = tuple[str, str]  # passed, failed, error or skipped; the first line of why
Outcomes = Mapping[str, tuple[Outcome, ...]]  # by test; a name can stand for several tests


@dataclass(frozen=True)
class Suite:
    """``prepare`` fetches it and returns the interpreter and the folder it runs in; ``arguments`` follow for a port."""

    name: str
    prepare: Callable[[], tuple[Path, Path]]
    arguments: Callable[[int], list[str]]
    quick: str  # pytest's -k expression of a subset that takes some seconds


def prepare_aiomysql() -> tuple[Path, Path]:
    def make(folder: Path) -> None:
        _fetch_source(f"aiomysql=={AIOMYSQL}", folder)
        subprocess.run([sys.executable, "-m", "venv", folder / "environment"], check=True)
        pip = [folder / "environment/bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *AIOMYSQL_NEEDS], check=True)

    folder = cached("suite-aiomysql", "\n".join([AIOMYSQL, *AIOMYSQL_NEEDS, sys.version]).encode(), make)
    return folder / "environment/bin/python", folder / "source"


def prepare_sqlalchemy() -> tuple[Path, Path]:
    """The source of the installed version: its own test/dialect/test_suite.py is sqlalchemy.testing.suite."""
    wanted = f"SQLAlchemy=={version('SQLAlchemy')}"
    folder = cached("suite-sqlalchemy", wanted.encode(), lambda folder: _fetch_source(wanted, folder))
    return Path(sys.executable), folder / "source"


def _fetch_source(requirement: str, folder: Path) -> None:
    """Download a source distribution and unpack it as ``folder``/source."""
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    subprocess.run([*pip, "--no-binary", ":all:", "--dest", folder, requirement], check=True)
    [archive] = folder.glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    [unpacked] = [path for path in folder.iterdir() if path.is_dir()]
    unpacked.rename(folder / "source")


def _sqlalchemy(driver: str) -> Suite:
    def arguments(port: int) -> list[str]:
        url = f"mysql+{driver}://root:{PASSWORD}@127.0.0.1:{port}/test?charset=utf8mb4"
        return ["test/dialect/test_suite.py", "--dburi", url, "--maxfail=100000"]

    quick = "Fetch or Numeric or Binary or LikeFunctions"
    return Suite(f"sqlalchemy-{driver}", prepare_sqlalchemy, arguments, quick)


SUITES = {
    suite.name: suite
    for suite in (
        Suite(
            "aiomysql",
            prepare_aiomysql,
            lambda port: ["tests", f"--mysql-address=db=127.0.0.1:{port}"],
            # On one event loop: the other makes no difference to what is sent.
            "not uvloop and (test_basic or test_cursor or test_nextset or test_load_local)",
        ),
        _sqlalchemy("pymysql"),
        _sqlalchemy("mysqldb"),
    )
}


def run_suite(suite: Suite, port: int, only: str) -> Outcomes:
    """Run it against the server on ``port``. Raises RuntimeError when it cannot run at all."""
    python, folder = suite.prepare()
    with tempfile.TemporaryDirectory(prefix="askwire-suite-") as name:
        report = Path(name) / "report.xml"
        command = [
            str(python),
            *PYTEST,
            f"--junitxml={report}",
            *suite.arguments(port),
            *(["-k", only] if only else []),
        ]
        done = subprocess.run(
            command,
            cwd=folder,
            env={**clean_environment(), "TMPDIR": name, "MYSQL_ROOT_PASSWORD": PASSWORD},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=TIMEOUT_S,
        )
        if not report.exists():
            raise RuntimeError(f"{suite.name} did not run:\n{done.stdout[-4000:]}")
        return read_report(report)


def read_report(report: Path) -> Outcomes:
    """Outcomes from JUnit XML as pytest writes it."""
    found: dict[str, list[Outcome]] = {}
    for case in ElementTree.parse(report).iter("testcase"):
        outcome = ("passed", "")
        for kind in ("failure", "error", "skipped"):
            if (element := case.find(kind)) is not None:
                said = (element.get("message") or "").strip().splitlines() or [""]
                outcome = ({"failure": "failed"}.get(kind, kind), said[0])
        found.setdefault(f"{case.get('classname')}::{case.get('name')}", []).append(outcome)
    return {name: tuple(outcomes) for name, outcomes in found.items()}


def run_direct(suite: Suite, only: str = "") -> Outcomes:
    with shop_server() as server:
        server.run_sql(PREPARATION)
        return run_suite(suite, server.port, only)


def run_through_gateway(suite: Suite, only: str = "") -> Outcomes:
    with shop_server() as server, tempfile.TemporaryDirectory(prefix="askwire-suite-") as name:
        server.run_sql(PREPARATION)
        with GatewayProcess(Path(name), server.url, {}) as gateway:
            return run_suite(suite, gateway.port, only)


def differences(direct: Outcomes, through: Outcomes) -> list[str]:
    """Tests that do not end the same on both sides, each in words."""
    found = []
    for test in sorted({*direct, *through}):
        if _kinds(direct, test) != _kinds(through, test):
            sides = f"direct {direct.get(test, 'not run')}, through the gateway {through.get(test, 'not run')}"
            found.append(f"{test}: {sides}")
    return found


def common_failures(direct: Outcomes, through: Outcomes) -> list[str]:
    """Tests that fail on both sides, with why they do so directly."""
    failing = [test for test in direct if _kinds(direct, test) == _kinds(through, test)]
    return [f"{test}: {why}" for test in failing for kind, why in direct[test] if kind in ("failed", "error")]


def _kinds(outcomes: Outcomes, test: str) -> list[str]:
    return sorted(kind for kind, _ in outcomes.get(test, ()))


def summary(outcomes: Outcomes) -> str:
    """``120 passed, 3 skipped``."""
    counts = Counter(kind for several in outcomes.values() for kind, _ in several)
    return ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))


def main(
    names: Annotated[list[str] | None, typer.Argument(help=f"Of {', '.join(SUITES)}; all.")] = None,
    only: Annotated[str, typer.Option(help="An expression for pytest's -k.")] = "",
) -> None:
    """Run the suites; print what differs, and what fails on both sides."""
    table = Table("suite", "direct", "through the gateway", "same", "different")
    found: list[str] = []
    common: list[str] = []
    for name in names or SUITES:
        direct, through = run_direct(SUITES[name], only), run_through_gateway(SUITES[name], only)
        different = differences(direct, through)
        same = len({*direct, *through}) - len(different)
        table.add_row(name, summary(direct), summary(through), str(same), str(len(different)))
        found += [f"DIFFERENT {name}: {difference}" for difference in different]
        common += [f"fails on both sides: {name}: {failure}" for failure in common_failures(direct, through)]
    Console().print(table)
    print("\n".join([*common, *found]))
    raise typer.Exit(1 if found else 0)


if __name__ == "__main__":
    typer.run(main)
