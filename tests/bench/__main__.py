"""``python -m tests.bench [PART …] [--quick]``: prints tables and ends by itself; the parts are in ``PARTS``."""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from tests.bench import (
    accuracy,
    admin,
    ask,
    concurrency,
    diagnose,
    docs,
    ingest,
    knowledge,
    masking,
    relay,
    retrieval,
    tpch,
    upstreams,
    verified,
    watching,
)
from tests.support.gateway import ASKWIRE, GatewayProcess
from tests.support.private_mariadb import PrivateMariaDB

PARTS = (
    *("relay", "watching", "masking", "upstreams", "verified", "diagnose", "knowledge", "ingest", "retrieval", "tpch"),
    *("admin", "docs", "ask", "concurrency", "accuracy"),
)
# Cases of the evaluation that a whole run of the benchmarks asks; all with `python -m tests.bench accuracy --all`.
SOME_CASES = 31


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="all by default")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    parser.add_argument("--all", action="store_true", help="every case of the accuracy part; TPC-H at scale 1")
    given = parser.parse_args()
    parts = given.parts or PARTS
    console = Console(width=max(120, Console().width))
    if "relay" in parts:
        relay.run(console, quick=given.quick)
    if "watching" in parts:
        watching.run(console, quick=given.quick)
    if "masking" in parts:
        masking.run(console, quick=given.quick)
    if "upstreams" in parts:
        upstreams.run(console, quick=given.quick)
    if "verified" in parts:
        verified.run(console, quick=given.quick)
    if "diagnose" in parts:
        diagnose.run(console, quick=given.quick)
    if "knowledge" in parts:
        knowledge.run(console, quick=given.quick)
    if "ingest" in parts:
        ingest.run(console, quick=given.quick)
    if "retrieval" in parts:
        retrieval.run(console)
    if "tpch" in parts:
        tpch.run(console, scale=0.01 if given.quick else 1.0 if given.all else 0.1)
    if "admin" in parts:
        admin.run(console, quick=given.quick)
    if {"docs", "ask", "concurrency", "accuracy"} & set(parts):
        subprocess.run([ASKWIRE, "model", "pull"], check=True)
    if "docs" in parts:
        docs.run(console, quick=given.quick or not given.parts)  # all of it takes ten minutes
    if "ask" in parts:
        ask.run(console, quick=given.quick)
    if "concurrency" in parts:
        concurrency.run(console, quick=given.quick)
    if "accuracy" in parts:
        _accuracy(console, None if given.all else SOME_CASES)


def _accuracy(console: Console, cases: int | None) -> None:
    if not accuracy.FOLDER.is_dir():
        console.print("Execution accuracy: the cases are not here; nothing measured.")
        return
    with tempfile.TemporaryDirectory(prefix="askwire-bench-") as folder, PrivateMariaDB() as mariadb:
        mariadb.run_sql("CREATE USER 'bench'@'127.0.0.1'; GRANT SELECT ON *.* TO 'bench'@'127.0.0.1'")
        for file in sorted(accuracy.FOLDER.glob("*.mysql.sql")):
            database = file.name.split(".")[0]
            mariadb.run_sql(f"CREATE DATABASE {database}")
            mariadb.run_sql(file, database=database)
        settings = {"model": {"name": "qwen2.5-coder-1.5b"}}
        with GatewayProcess(Path(folder) / "askwire", f"mysql://127.0.0.1:{mariadb.port}", settings) as running:
            options = ["--gateway", f"127.0.0.1:{running.port}", "--user", "bench"]
            options += ["--output", str(Path(folder) / "results.json")]
            console.print("Execution accuracy, asked through the gateway, no notes loaded")
            accuracy.measure(*options, *(["--count", str(cases)] if cases else []))


if __name__ == "__main__":
    sys.exit(main())
