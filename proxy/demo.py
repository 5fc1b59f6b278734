"""``askwire demo``: the whole product on a private MariaDB with the sample shop, asked once, then left running."""

import asyncio
import contextlib
import subprocess
import sys
import tempfile
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import uvloop
from rich.console import Console

from conf.logs import configure_logs
from conf.settings import Settings, load_settings
from proxy.gateway import Gateway
from proxy.private_mariadb import PrivateMariaDB, find_program
from proxy.signals import stop_event
from proxy.upstreams.sample_shop import sample_shop_sql

QUESTION = "monthly revenue by region"
USER = "demo"
ACCOUNT = (
    f"CREATE USER '{USER}'@'127.0.0.1';"
    f"GRANT SELECT, SHOW VIEW, CREATE TEMPORARY TABLES ON shop.* TO '{USER}'@'127.0.0.1';"
)
# A free port when the usual one is taken.
PORTS = (3307, 0)


@dataclass(frozen=True)
class Demo:
    """``once``: end after the first answer instead of waiting for Ctrl-C."""

    console: Console
    data_dir: Path | None
    once: bool

    def run(self) -> None:
        """Raises ``PrivateMariaDBError``, ``SettingsError``, ``OSError``, ``CalledProcessError``."""
        self._pull_model()
        self.console.print("Starting a private MariaDB with the sample shop …")
        with tempfile.TemporaryDirectory(prefix="askwire-demo-") as folder, PrivateMariaDB() as server:
            server.run_sql(sample_shop_sql())
            server.run_sql(ACCOUNT)
            settings = load_settings(
                upstream=f"mysql://127.0.0.1:{server.port}",
                data_dir=str(self.data_dir) if self.data_dir else folder,
                log={"level": "warning"},
            )
            configure_logs(settings.log)
            uvloop.run(self._serve(settings))

    def _pull_model(self) -> None:
        """In a process of its own: the command belongs to a plugin, which the proxy does not know."""
        pull = "import sys; sys.argv[0] = 'askwire'; from proxy.cli import main; main()"
        subprocess.run([sys.executable, "-c", pull, "model", "pull"], check=True)  # noqa: S603 (no outside words)

    async def _serve(self, settings: Settings) -> None:
        stop = stop_event()
        async with AsyncExitStack() as stack:
            gateway = await self._start(settings, stack)
            port = gateway.address[1]
            asking = asyncio.create_task(asyncio.to_thread(self._ask, port))
            stopping = asyncio.create_task(stop.wait())
            await asyncio.wait({asking, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if self.once or stop.is_set():
                return
            await asking
            self._say_how_to_connect(port)
            await stopping
            await gateway.drain()

    async def _start(self, settings: Settings, stack: AsyncExitStack) -> Gateway:
        for port in PORTS:
            with contextlib.suppress(OSError):
                here = settings.model_copy(update={"listen": f"127.0.0.1:{port}"})
                return await stack.enter_async_context(Gateway(here))
        raise OSError("no port of 127.0.0.1 is free")

    def _ask(self, port: int) -> None:
        self.console.print("Asking; the first answer waits for the model to load and to read the schema.\n")
        for statement in (f"ASK SQL '{QUESTION}'", f"ASK '{QUESTION}'"):
            self.console.print(f"[bold]askwire>[/bold] {statement};")
            self._client(port, statement)

    def _client(self, port: int, statement: str) -> None:
        client = find_program("mariadb", "mysql")
        where = ["--host=127.0.0.1", f"--port={port}", f"--user={USER}", "shop"]
        vertical = ["--vertical"] if statement.startswith("ASK SQL") else ["--table"]
        subprocess.run([client, "--no-defaults", *vertical, *where, f"--execute={statement}"], check=True)  # noqa: S603

    def _say_how_to_connect(self, port: int) -> None:
        self.console.print(
            f"\nYour turn. Any MySQL client connects with:\n\n"
            f"    mysql --host=127.0.0.1 --port={port} --user={USER} shop\n\n"
            "Try:  SHOW WARNINGS;   ASK TRACE 'top 5 customers by revenue';   /*nl*/ orders per status;\n"
            "Ctrl-C stops the gateway and removes the sample shop.",
            highlight=False,
        )
