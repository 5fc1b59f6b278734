"""``askwire demo`` as a person runs it; a scripted server stands in for the model, which other tests use."""

import asyncio
import re
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pymysql
import pytest

from proxy.upstreams.sample_rows import sample_rows
from tests.models_runtime.helpers import chat_server, sse
from tests.support.gateway import ASKWIRE, clean_environment

SQL = (
    "SELECT DATE_FORMAT(o.ordered_at, '%Y-%m') AS month, r.name AS region, SUM(i.quantity * i.unit_price) AS revenue "
    "FROM orders o JOIN order_items i ON i.order_id = o.id JOIN customers c ON c.id = o.customer_id "
    "JOIN regions r ON r.id = c.region_id GROUP BY month, region ORDER BY month, region"
)


@asynccontextmanager
async def demo(folder: Path, *words: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Killed on leaving, where it has not ended."""
    async with chat_server(sse(SQL)) as model:
        environment = {
            **clean_environment(),
            "TMPDIR": str(folder),
            "COLUMNS": "200",
            "ASKWIRE_MODEL__NAME": "scripted",
            "ASKWIRE_MODELS__SCRIPTED__ENGINE": "openai",
            "ASKWIRE_MODELS__SCRIPTED__URL": model.url,
            "ASKWIRE_MODELS__SCRIPTED__MODEL": "scripted",
        }
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            ASKWIRE, "demo", *words, stdin=asyncio.subprocess.DEVNULL, stdout=pipe, stderr=pipe, env=environment
        )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
            await process.communicate()


async def read_until(process: asyncio.subprocess.Process, mark: str) -> str:
    assert process.stdout is not None
    text = ""
    while mark not in text:
        line = (await process.stdout.readline()).decode()
        assert line, text
        text += line
    return text


def revenue_of_november_in_north(port: int) -> object:
    with pymysql.connect(host="127.0.0.1", port=port, user="anybody", database="shop") as client:
        cursor = client.cursor()
        cursor.execute(f"SELECT revenue FROM ({SQL}) AS t WHERE month = '2024-11' AND region = 'North'")
        [(revenue,)] = cursor.fetchall()
        return revenue


def expected_revenue() -> object:
    rows = sample_rows()
    north = {row[0] for row in rows["customers"] if row[5] == 1}
    orders = {row[0] for row in rows["orders"] if row[1] in north and str(row[2]).startswith("2024-11")}
    return sum(row[3] * row[4] for row in rows["order_items"] if row[0] in orders)  # type: ignore[operator]


@pytest.mark.timeout(180)
async def test_it_asks_stays_and_leaves_nothing(tmp_path: Path) -> None:
    async with demo(tmp_path) as process:
        text = await read_until(process, "Ctrl-C stops")
        assert "askwire> ASK SQL 'monthly revenue by region';" in text
        assert "SUM(i.quantity * i.unit_price) AS revenue" in text
        revenue = expected_revenue()
        assert re.search(rf"│ 2024-11 │ North +│ +{revenue} │", text)
        assert "120 rows, the first 15 shown" in text
        found = re.search(r"mysql --host=127\.0\.0\.1 --port=(\d+) --user=demo shop", text)
        assert found is not None
        assert await asyncio.to_thread(revenue_of_november_in_north, int(found[1])) == revenue
        process.send_signal(signal.SIGINT)
        _, errors = await process.communicate()
    assert (process.returncode, errors) == (0, b"")
    assert not list(tmp_path.iterdir())


@pytest.mark.timeout(180)
async def test_once_ends_by_itself(tmp_path: Path) -> None:
    async with demo(tmp_path, "--once") as process:
        output, errors = await process.communicate()
    assert (process.returncode, errors) == (0, b"")
    assert b"120 rows" in output
    assert b"Ctrl-C" not in output
    assert not list(tmp_path.iterdir())
