"""Walk a graphical client through a running gateway (or any MySQL server) and take screenshots.

    python -m tests.clients.browsers phpmyadmin --gateway 127.0.0.1:3306 --user app --password … --screenshots shots

Needs Debian's phpmyadmin, adminer, php-cli, nodejs, npm and chromium-headless-shell; the rest is installed into the
user's cache the first time.
"""

from pathlib import Path
from typing import Annotated

import typer

from tests.clients.browsers.visits import Login, visit


def main(
    client: Annotated[str, typer.Argument(help="phpmyadmin, adminer, mycli, superset or dbgate.")],
    gateway: Annotated[str, typer.Option(help="HOST:PORT.")],
    screenshots: Annotated[Path, typer.Option(help="A folder; what is in it may be overwritten.")],
    user: Annotated[str, typer.Option()] = "app",
    password: Annotated[str, typer.Option()] = "",
    database: Annotated[str, typer.Option(help="The sample shop.")] = "shop",
    scratch: Annotated[str, typer.Option(help="Where tables may be made.")] = "scratch",
    ask: Annotated[bool, typer.Option(help="The gateway has a model.")] = True,
) -> None:
    """Ends with status 1 when a page did not show what it should."""
    host, _, port = gateway.rpartition(":")
    said, ended_well = visit(client, Login(host, int(port), user, password, database, scratch, ask), screenshots)
    print(said)
    raise typer.Exit(0 if ended_well else 1)


if __name__ == "__main__":
    typer.run(main)
