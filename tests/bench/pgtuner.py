"""pgtuner-mcp, an index advisor for PostgreSQL that tries its candidates with HypoPG: its library, without a model.

https://pypi.org/project/pgtuner-mcp/. Kept in an environment of its own in the user's cache, by version.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import sqlglot

from tests.clients.clients import cached

REQUIREMENT = "pgtuner-mcp==0.6.0"
NAME = f"the advice of {REQUIREMENT.replace('==', ' ')}"
_PROGRAM = """
import asyncio, json, sys
from pgtuner_mcp.services.index_advisor import IndexAdvisor
from pgtuner_mcp.services.sql_driver import DbConnPool, SqlDriver

async def advise(url, queries, most):
    pool = DbConnPool(url)
    await pool.connect()
    try:
        found = await IndexAdvisor(SqlDriver(pool)).analyze_queries(queries, most)
        assert found.error is None, found.error
        return [[each.table, each.columns] for each in found.recommendations]
    finally:
        await pool.close()

given = json.load(sys.stdin)
print(json.dumps(asyncio.run(advise(given["url"], given["queries"], given["most"]))))
"""


def advice(url: str, queries: Sequence[str], most: int) -> list[str]:
    """CREATE INDEX statements in MySQL's SQL, at most so many, for queries in MySQL's SQL. ``url`` is PostgreSQL's."""
    native = [sqlglot.transpile(query, read="mysql", write="postgres")[0] for query in queries]
    given = json.dumps({"url": url, "queries": native, "most": most})
    ran = subprocess.run([_python(), "-c", _PROGRAM], input=given, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr[-2000:]
    found = json.loads(ran.stdout.splitlines()[-1])
    return [
        f"CREATE INDEX tuner_{n} ON {table.rpartition('.')[2]} ({', '.join(columns)})"
        for n, (table, columns) in enumerate(found)
    ]


def _python() -> Path:
    def make(folder: Path) -> None:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        pip = [folder / "bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, REQUIREMENT], check=True)

    return cached("client-pgtuner", f"{REQUIREMENT}\n{sys.version}".encode(), make) / "bin" / "python"
