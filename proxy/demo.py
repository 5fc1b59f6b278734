"""``askwire demo``: the whole product on an embedded DuckDB with the sample shop, asked once, then left running.

Nothing but Python is needed. Whoever is on this machine may connect (127.0.0.1 only), as any user without a password.
"""

import asyncio
import contextlib
import subprocess
import sys
import tempfile
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import duckdb
import pymysql
from rich.console import Console

from conf.logs import configure_logs
from conf.models import DEFAULT_MODEL
from conf.settings import Settings, load_settings
from proxy.demo_tables import Answer, show_fields, show_rows, show_sql
from proxy.gateway import Gateway
from proxy.running import Stop, run
from proxy.upstreams.sample_shop import load_shop

QUESTION = "monthly revenue by region"
USER = "demo"
DATABASE = "shop"
# A free port when the usual one is taken.
PORTS = (3307, 0)


@dataclass(frozen=True)
class Demo:
    """``once``: end after the first answer instead of waiting for Ctrl-C."""

    console: Console
    data_dir: Path | None
    once: bool

    def run(self) -> None:
        """Raises ``SettingsError``, ``OSError``, ``CalledProcessError``, ``pymysql.MySQLError``."""
        with tempfile.TemporaryDirectory(prefix="askwire-demo-") as name:
            folder = Path(name)
            settings = load_settings(
                upstream=f"duckdb:///{folder / 'demo.duckdb'}",
                data_dir=str(self.data_dir or folder),
                log={"level": "warning"},
                knowledge={"editors": ["*"]},  # whoever connects is the one who started it
            )
            configure_logs(settings.log)
            if settings.model.name == DEFAULT_MODEL:
                _pull_model()
            with duckdb.connect(folder / "demo.duckdb") as connection:
                load_shop(connection, database=DATABASE)
            run(partial(self._serve, settings), settings.drain_timeout_s)

    async def _serve(self, settings: Settings, stop: Stop) -> None:
        async with AsyncExitStack() as stack:
            gateway = await _start(settings, stack)
            port = gateway.address[1]
            asking = asyncio.create_task(asyncio.to_thread(self._ask, port))
            stopping = asyncio.create_task(stop.wait())
            await asyncio.wait({asking, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not stop.is_set():
                await asking
                self._say_how_to_connect(port)
                if not self.once:
                    await stopping
                    await gateway.drain()
        stopping.cancel()
        with contextlib.suppress(pymysql.MySQLError):  # its connection went with the gateway
            await asking

    def _ask(self, port: int) -> None:
        self.console.print(
            f"The sample shop is loaded: two years of orders in DuckDB, behind the MySQL protocol on port {port}.\n"
            "Asking; the first answer waits for the model to load and to read the schema.\n"
        )
        with _client(port) as client:
            self._say(f"ASK SQL '{QUESTION}'")
            answer = _run(client, f"ASK SQL '{QUESTION}'")
            fields = answer.first()
            show_sql(self.console, str(fields.pop("sql", "")))
            show_fields(self.console, fields)
            self._say(f"ASK '{QUESTION}'")
            show_rows(self.console, _run(client, f"ASK '{QUESTION}'"))

    def _say(self, statement: str) -> None:
        self.console.print(f"[bold]askwire>[/bold] {statement};", highlight=False)

    def _say_how_to_connect(self, port: int) -> None:
        self.console.print(
            "\nYour turn. Any MySQL client connects, as any user and without a password:\n\n"
            f"    mysql --host=127.0.0.1 --port={port} --user={USER} {DATABASE}\n"
            f'    pymysql.connect(host="127.0.0.1", port={port}, user="{USER}", database="{DATABASE}")\n'
            f"    jdbc:mysql://127.0.0.1:{port}/{DATABASE}?user={USER}\n\n"
            "Try:  ASK 'orders per status';   SHOW WARNINGS;   ASK TRACE 'top 5 customers by revenue';",
            highlight=False,
            soft_wrap=True,
        )
        if not self.once:
            self.console.print("Ctrl-C stops the gateway and removes the sample shop.")


async def _start(settings: Settings, stack: AsyncExitStack) -> Gateway:
    for port in PORTS:
        with contextlib.suppress(OSError):
            here = settings.model_copy(update={"listen": f"127.0.0.1:{port}"})
            return await stack.enter_async_context(Gateway(here))
    raise OSError("no port of 127.0.0.1 is free")


def _pull_model() -> None:
    """In a process of its own: the command belongs to a plugin, which the proxy does not know."""
    pull = "import sys; sys.argv[0] = 'askwire'; from proxy.cli import main; main()"
    subprocess.run([sys.executable, "-c", pull, "model", "pull"], check=True)  # noqa: S603 (no outside words)


def _client(port: int) -> pymysql.Connection:
    return pymysql.connect(host="127.0.0.1", port=port, user=USER, password="", database=DATABASE)


def _run(client: pymysql.Connection, statement: str) -> Answer:
    with client.cursor() as cursor:
        cursor.execute(statement)
        return Answer(tuple(column[0] for column in cursor.description or ()), tuple(cursor.fetchall()))
