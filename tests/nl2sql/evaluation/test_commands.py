"""The command, with a real gateway before a real MariaDB; only the model's words are scripted.

One run is a process of its own; the others call the command here, which spares each a second of imports.
"""

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pymysql
import pytest
from typer.testing import CliRunner, Result

from nl2sql.evaluation.commands import commands
from nl2sql.evaluation.results import read_run
from tests.support.answering import answering
from tests.support.gateway import ASKWIRE, GatewayProcess, clean_environment

ANSWERS = {
    "orders are there": "SELECT COUNT(*) AS n FROM orders",
    "orders per status": "SELECT status FROM orders GROUP BY status",
    "orders before today": "SELECT COUNT(*) FROM orders WHERE ordered_at < CURDATE()",
    "customers": "DELETE FROM customers",
    "regions by name": "SELECT r.name FROM regions AS r JOIN regions AS s USING (nothing_like_it)",
    "order statuses": "SELECT status FROM orders WHERE status = (SELECT status FROM orders)",
}
CASES = [
    (
        "a1",
        "counts",
        "How many orders are there?",
        "Count <b>all</b> of them.",
        "SELECT COUNT(*) FROM orders",
        [[[200]]],
    ),
    ("a2", "groups", "orders per status", "", "SELECT status, COUNT(*) FROM orders GROUP BY status", None),
    ("a3", "counts", "orders before today", "", "SELECT 19 AS n", None),
    ("a4", "groups", "list the customers", "", "SELECT id FROM customers", None),
    ("a5", "groups", "regions by name", "", "SELECT name FROM regions", None),
    ("a6", "groups", "order statuses", "", "SELECT DISTINCT status FROM orders", None),
]


@pytest.fixture(scope="module")
def port(mariadb: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with answering(ANSWERS) as url:
        settings = {
            "model": {"name": "house"},
            "models": {"house": {"engine": "openai", "url": url, "model": "any"}},
            "ask": {"warm": False},
        }
        folder = tmp_path_factory.mktemp("gateway")
        with GatewayProcess(folder, f"mysql://127.0.0.1:{mariadb}", settings) as gateway:
            yield gateway.port


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    keys = ("id", "category", "question", "notes", "gold_sql", "gold_results")
    records = [{"db": "shop", **dict(zip(keys, case, strict=True))} for case in CASES]
    path = tmp_path / "cases.jsonl"
    path.write_text("\n".join(map(json.dumps, records)))
    return path


def words(folder: Path, port: int) -> list[str]:
    """After ``askwire bench``: every case of ``folder``, asked by ``app``."""
    (folder / "password").write_text("secret\n")
    account = ["--user", "app", "--password-file", str(folder / "password")]
    return ["ask", "--cases", str(folder / "cases.jsonl"), "--gateway", f"127.0.0.1:{port}", *account]


@pytest.fixture
def bench(cases: Path, tmp_path: Path, port: int, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: str, at: int = port) -> Result:
        return CliRunner().invoke(commands, [*words(tmp_path, at), *arguments])

    return run


def by_id(path: Path) -> dict[str, Any]:
    return {result.id: result for result in read_run(path).results}


def test_a_whole_run(cases: Path, tmp_path: Path, port: int) -> None:
    init = "SET timestamp = UNIX_TIMESTAMP('2026-01-21 12:00:00')"
    options = ["--init", init, "--trace", "all", "--output", "first.json", "--report", "report.html"]
    done = subprocess.run(
        [str(ASKWIRE), "bench", *words(tmp_path, port), *options],
        cwd=tmp_path, env={**clean_environment(), "COLUMNS": "200"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "right: 2 of 6 (33.3 %)" in done.stdout
    results = by_id(tmp_path / "first.json")
    assert {name: result.cause for name, result in results.items()} == {
        "a1": "",
        "a2": "wrong result: too few columns",
        "a3": "",
        "a4": "refused: does more than read",
        "a5": "no valid SQL",
        "a6": "did not run",
    }
    assert results["a1"].sql == "SELECT COUNT(*) AS n FROM orders LIMIT 1000"
    assert results["a1"].got.rows == ((200,),)
    assert results["a2"].gold.columns == ("status", "COUNT(*)")
    assert results["a4"].number == 57007
    assert results["a6"].number == 1242
    assert results["a1"].steps[0].name == "catalog"
    assert results["a1"].own_s < results["a1"].steps[-1].seconds
    html = (tmp_path / "report.html").read_text()
    assert "Count &lt;b&gt;all&lt;/b&gt; of them." in html
    about = read_run(tmp_path / "first.json").about
    assert (about["model"], about["init"], about["cases"]) == ("house", init, "cases.jsonl")


def test_compared_with_an_earlier_run(bench: Callable[..., Result], tmp_path: Path) -> None:
    """A day later the third case has another answer; the fourth was never right."""
    assert bench("--output", "first.json", "--only", "counts", "--only", "a4").exit_code == 0
    earlier = json.loads((tmp_path / "first.json").read_text())
    for result in earlier["results"]:
        result["outcome"] = {"a1": "wrong", "a3": "right"}.get(result["id"], result["outcome"])
    (tmp_path / "first.json").write_text(json.dumps(earlier))
    done = bench("--compare", "first.json", "--only", "counts", "--output", "second.json", "--report", "r.html")
    assert done.exit_code == 0, done.stderr
    assert "over the 2 cases of both: 1 were right, 1 are; 1 became right, 1 became wrong" in done.stdout
    assert re.search(r"became right: a1 \(counts\)", done.stdout)
    assert re.search(r"became wrong: a3 \(counts\): wrong result: other values", done.stdout)
    assert "may well be chance: p = 1" in (tmp_path / "r.html").read_text()


def test_notes_in_the_question(bench: Callable[..., Result], tmp_path: Path, mariadb: int) -> None:
    assert bench("--notes", "--only", "a1", "--trace", "wrong", "--output", "out.json").exit_code == 0
    assert by_id(tmp_path / "out.json")["a1"].steps == ()
    assert read_run(tmp_path / "out.json").about["notes"] == "in the question"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--only", "nothing"], "no case fits"),
        (["--gateway", "here"], "takes HOST:PORT"),
        (["--compare", "cases.jsonl"], "holds no results of a run"),
        (["--cases", "missing.jsonl"], "missing.jsonl"),
        (["--user", "nobody-there"], "Access denied"),
        (["--gateway", "127.0.0.1:1"], "start one: askwire serve"),
    ],
)
def test_what_cannot_be_run(bench: Callable[..., Result], arguments: list[str], words: str) -> None:
    done = bench(*arguments)
    assert done.exit_code == 2
    assert words in " ".join(done.stderr.split())
    assert isinstance(done.exception, SystemExit)


def test_a_server_that_is_no_gateway(bench: Callable[..., Result], mariadb: int) -> None:
    done = bench(at=mariadb)
    assert done.exit_code == 2
    assert "is no askwire gateway" in " ".join(done.stderr.split())


def test_gold_that_does_not_run_ends_the_run_and_keeps_what_is_there(
    bench: Callable[..., Result], cases: Path, tmp_path: Path
) -> None:
    bad = {"id": "z", "db": "shop", "question": "orders are there", "gold_sql": "SELECT nothing FROM nowhere"}
    cases.write_text(cases.read_text() + "\n" + json.dumps(bad))
    done = bench("--output", "out.json", "--only", "a1", "--only", "z")
    assert done.exit_code == 1
    assert "The gold SQL of z does not run" in " ".join(done.stderr.split())
    run = read_run(tmp_path / "out.json")
    assert (len(run.results), run.complete) == (1, False)


def test_nothing_is_written_but_the_results(bench: Callable[..., Result], mariadb: int, tmp_path: Path) -> None:
    """A model that deletes, asked by an account that may, deletes nothing."""
    assert bench("--only", "a4", "--user", "root", "--password-file", "/dev/null", "--output", "o.json").exit_code == 0
    connection = pymysql.connect(host="127.0.0.1", port=mariadb, user="root", database="shop")
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM customers")
        assert cursor.fetchone() == (20,)
    assert by_id(tmp_path / "o.json")["a4"].outcome == "refused"
