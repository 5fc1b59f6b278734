"""``askwire mcp``: the command line."""

import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from conf.settings import Settings, SettingsError, load_settings

commands = typer.Typer(name="mcp", invoke_without_command=True)
Config = Annotated[Path | None, typer.Option(help="A settings file (TOML); its section \\[mcp] is about this command.")]
DataDir = Annotated[Path | None, typer.Option(help="Folder for models, caches, the token.")]


@commands.callback(epilog="The account's password: ASKWIRE_MCP__PASSWORD in the environment, or the settings file.")
def mcp(
    ctx: typer.Context,
    upstream: Annotated[str | None, typer.Option(help="The database: mysql://USER@HOST:PORT/DATABASE, …")] = None,
    gateway: Annotated[str | None, typer.Option(help="A gateway that runs already, HOST:PORT.")] = None,
    http: Annotated[str | None, typer.Option(help="Serve HTTP at HOST:PORT instead of stdin and stdout.")] = None,
    user: Annotated[str | None, typer.Option(help="The database account.")] = None,
    database: Annotated[str | None, typer.Option(help="The database where a call names none.")] = None,
    model: Annotated[str | None, typer.Option(help='The model that answers; "none" goes without.')] = None,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Serve the Model Context Protocol: tools to ask, query, explain and describe one database, for any MCP client.

    It starts a gateway of its own before --upstream, or uses one that runs (--gateway), and logs in as one account.
    """
    if ctx.invoked_subcommand is not None:
        return
    try:
        from plugins.builtin.mcp.server import Wanted, run_server
    except ModuleNotFoundError as missing:
        _fail(f"{missing.name} is not installed: pip install 'askwire[mcp]'")
    given: dict[str, Any] = {"user": user, "database": database}
    if gateway is not None and upstream is not None:
        _fail("--upstream and --gateway exclude each other")
    try:
        wanted = Wanted(upstream, gateway, http, model, data_dir, config)
        settings = load_settings(
            config,
            **wanted.overrides({key: value for key, value in given.items() if value is not None}),
        )
        raise typer.Exit(run_server(settings, wanted))
    except (ValueError, OSError) as error:  # SettingsError, or an address that is none
        _fail(str(error))


@commands.command()
def token(data_dir: DataDir = None, config: Config = None) -> None:
    """Print the bearer token that clients send over HTTP; it is made when there is none."""
    try:
        from plugins.builtin.mcp.http import keep_token

        print(keep_token(_settings(data_dir, config).data_path / "mcp-token"))
    except (SettingsError, OSError) as error:
        _fail(str(error))


def _settings(data_dir: Path | None, config: Path | None) -> Settings:
    return load_settings(config, **({"data_dir": str(data_dir)} if data_dir else {}))


def _fail(message: str) -> NoReturn:
    print(f"askwire: {message}", file=sys.stderr)
    raise typer.Exit(2)
