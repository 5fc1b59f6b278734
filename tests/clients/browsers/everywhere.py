"""Every client on every upstream: ``python -m tests.clients.browsers.everywhere --screenshots DIR [CLIENT …]``."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from conf.models import DEFAULT_MODEL
from tests.clients.browsers.visits import Login, visit
from tests.clients.shops import KINDS, shop_upstream
from tests.support.gateway import GatewayProcess
from tests.support.shop_server import shop_server

CLIENTS = ("phpmyadmin", "adminer", "mycli", "superset", "dbgate")


@contextmanager
def gateway_before(kind: str) -> Iterator[GatewayProcess]:
    """A gateway with the real model before MariaDB or one of ``KINDS``, the sample shop in it."""
    with tempfile.TemporaryDirectory(prefix="askwire-walks-") as name:
        folder, model = Path(name), {"model": {"name": DEFAULT_MODEL}}
        if kind == "mariadb":
            with shop_server() as server, GatewayProcess(folder / "gateway", server.url, model) as gateway:
                yield gateway
        else:
            with (
                shop_upstream(kind, folder) as (url, settings),
                GatewayProcess(folder / "gateway", url, {**model, **settings}) as gateway,
            ):
                yield gateway


def main(
    screenshots: Annotated[Path, typer.Option(help="A folder; each walk gets one within it.")],
    clients: Annotated[list[str] | None, typer.Argument(help=f"Of {', '.join(CLIENTS)}; all.")] = None,
) -> None:
    """Ends with status 1 when a page of a walk did not show what it should."""
    failed = False
    for kind in ("mariadb", *KINDS):
        with gateway_before(kind) as gateway:
            for client in clients or CLIENTS:
                login = Login(gateway.host, gateway.port, "app", "secret", ask=True)
                said, ended_well = visit(client, login, screenshots / f"{client}-{kind}")
                print(f"== {client} on {kind}: {said.count(': ok')} checks {'ok' if ended_well else said}", flush=True)
                failed |= not ended_well
    raise typer.Exit(1 if failed else 0)


if __name__ == "__main__":
    typer.run(main)
