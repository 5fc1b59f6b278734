"""The command line. ``askwire serve`` starts a gateway; plugins add groups of their own."""

import contextlib
import gc
import logging
import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Annotated, Any, NoReturn

import structlog
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from conf.logs import configure_logs
from conf.plugins import PluginSettings
from conf.settings import Settings, SettingsError, load_settings
from plugins import load_plugins
from plugins.builtin.status import described
from proxy.gateway import Gateway, version
from proxy.running import END_S, Stop, end_within, run
from proxy.upstreams.passwords import hash_password
from proxy.workers import Siblings, run_workers

FILES = (
    "With --files: CSV, TSV, JSON, NDJSON, Parquet, XLSX, XLS or ODS files, folders, patterns; "
    "each file or sheet is a table."
)

app = typer.Typer(
    name="askwire",
    no_args_is_help=True,
    add_completion=False,
    help="AI statements in your SQL client.",
    pretty_exceptions_show_locals=False,
)
console = Console()

Config = Annotated[Path | None, typer.Option(help="A settings file (TOML); conf/askwire.toml shows every setting.")]


@app.command()
def serve(
    paths: Annotated[list[str] | None, typer.Argument(metavar="FILE", show_default=False, help=FILES)] = None,
    upstream: Annotated[str | None, typer.Option(help="The database behind, as a URL: mysql://HOST:PORT, …")] = None,
    files: Annotated[bool, typer.Option("--files", help="Files instead of a database; their names follow.")] = False,
    listen: Annotated[str | None, typer.Option(help="Where clients connect.", show_default="127.0.0.1:3307")] = None,
    model: Annotated[str | None, typer.Option(help='The model that answers; "none" relays only.')] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Folder for models, caches, history.")] = None,
    config: Config = None,
    workers: Annotated[int | None, typer.Option(help="Processes that share the port.")] = None,
    admin: Annotated[
        str | None, typer.Option(help='The admin endpoint; "off" goes without.', show_default="127.0.0.1:8307")
    ] = None,
) -> None:
    """Start the gateway in front of a database or of files; stop it with Ctrl-C or SIGTERM.

    askwire serve --upstream postgresql://127.0.0.1:5432/shop

    askwire serve --files sales.csv budget.xlsx events.parquet
    """
    given = _given(listen=listen, data_dir=data_dir and str(data_dir), workers=workers)
    given |= _behind(upstream, paths or [], files=files)
    if model is not None:
        given["model"] = {"name": model}
    if admin is not None:
        given["admin"] = {"listen": admin}
    settings = _settings(config, given)
    configure_logs(settings.log)
    if settings.workers == 1:
        raise typer.Exit(_work(settings, None))
    if settings.listen.endswith(":0"):
        _fail("with several workers, listen needs a port of its own")
    raise typer.Exit(run_workers(settings.workers, partial(_work, settings)))


def _work(settings: Settings, siblings: Siblings | None) -> int:
    """One gateway process, until it is told to stop. Returns its exit status."""
    try:
        run(partial(_serve, settings, siblings), settings.drain_timeout_s)
    except SettingsError as error:
        print(f"askwire: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        where = f"{settings.listen} (admin endpoint: {settings.admin.listen}; --admin takes another, or off)"
        print(f"askwire: cannot listen on {where}: {error.strerror or error}", file=sys.stderr)
        return 2
    return 0


async def _serve(settings: Settings, siblings: Siblings | None, stop: Stop) -> None:
    async with Gateway(settings, siblings=siblings) as gateway, _admin(gateway, siblings) as admin:
        stop.listen()
        host, port = gateway.address
        _keep_out_of_collections()
        if admin is not None:
            print(f"admin endpoint at {_url(*admin)} (askwire token prints its token)", flush=True)
        print(f"askwire {version()} listening on {host}:{port}, in front of {settings.upstream_name}", flush=True)
        await stop.wait()
        await gateway.drain()


def _admin(
    gateway: Gateway, siblings: Siblings | None
) -> contextlib.AbstractAsyncContextManager[tuple[str, int] | None]:
    if gateway.settings.admin.address is None and siblings is None:  # siblings answer each other
        return contextlib.nullcontext()
    from proxy.admin.endpoint import admin_endpoint  # FastAPI takes half a second to import

    return admin_endpoint(gateway, siblings)


def _keep_out_of_collections() -> None:
    """What was made at the start stays: looking through it for garbage holds the event loop for 100 ms at a time."""
    gc.collect()
    gc.freeze()


@app.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="End after the first answer.")] = False,
    data_dir: Annotated[Path | None, typer.Option(help="Folder for caches.", show_default="a temporary one")] = None,
) -> None:
    """Load the sample shop into an embedded database, ask it a question, and stay up for any MySQL client."""
    import pymysql

    from proxy.demo import Demo  # with DuckDB and SQLAlchemy, which a gateway before MySQL does not need

    try:
        Demo(console, data_dir, once).run()
    except (SettingsError, OSError, subprocess.CalledProcessError, pymysql.MySQLError) as error:
        _fail(str(error))


@app.command(name="version")
def show_version() -> None:
    """Print the version."""
    print(version())


@app.command(name="plugins")
def show_plugins(config: Config = None) -> None:
    """List the plugins: name, version, where it comes from, on or off and why, the hooks that it takes part in."""
    try:
        settings = load_settings(config)
        plugins = load_plugins(settings=settings.plugins)
        plugins.check_settings(settings)
    except SettingsError as error:
        _fail(str(error))
    table = Table("plugin", "version", "source", "state", "why", "hooks")
    for row in described(plugins):
        table.add_row(*map(Text, row))
    # Nobody sees where a line ends that a program reads: nothing is cut.
    shown = console if console.is_terminal else Console(width=10_000)
    shown.print(table)


@app.command(name="token")
def show_token(
    role: Annotated[str, typer.Option(help="admin, or reader: who sees and asks, but changes nothing.")] = "admin",
    anew: Annotated[bool, typer.Option("--new", help="Make a new one; the old one does not count any more.")] = False,
    data_dir: Annotated[Path | None, typer.Option(help="The gateway's data folder.")] = None,
    config: Config = None,
) -> None:
    """Print the bearer token of the admin endpoint, which a gateway made on its first start."""
    from proxy.admin.tokens import Role, keep_token

    if role not in [each.value for each in Role]:
        _fail("--role takes admin or reader")
    try:
        settings = load_settings(config, **_given(data_dir=data_dir and str(data_dir)))
        path = settings.data_path / f"{role}-token"
        if not os.path.lexists(path):
            # One made here would be none of the gateway that somebody means to talk to.
            folder = settings.data_path.absolute()
            _fail(f"no gateway made a token in {folder}; name its settings with --config, or --data-dir", 1)
        print(keep_token(path, anew=anew))
    except (SettingsError, OSError) as error:
        _fail(str(error))


@app.command(name="hash-password")
def show_hash() -> None:
    """Make a user's line for the accounts in the settings file; asks for the password, or reads standard input."""
    if sys.stdin.isatty():
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        _fail("a password has at least one character")
    print(hash_password(password))


def _behind(upstream: str | None, paths: list[str], *, files: bool) -> dict[str, Any]:
    """What the command line says is behind the gateway; it replaces what the settings file says."""
    if files and upstream is not None:
        _fail("--upstream and --files exclude each other: one gateway stands in front of one database")
    if files and not paths:
        _fail("--files takes the names of files: askwire serve --files sales.csv budget.xlsx")
    if paths and not files:
        _fail(f"what is {paths[0]!r}? Files are served by: askwire serve --files {paths[0]} …")
    if files:
        return {"files": paths, "upstream": ""}
    return {} if upstream is None else {"upstream": upstream, "files": []}


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def _given(**options: Any) -> dict[str, Any]:
    return {key: value for key, value in options.items() if value is not None}


def _settings(config: Path | None, given: dict[str, Any]) -> Settings:
    try:
        settings = load_settings(config, **given)
    except SettingsError as error:
        _fail(str(error))
    if not settings.upstream_name:
        _fail(
            "say which database to stand in front of: askwire serve --upstream mysql://127.0.0.1:3306, "
            "or: askwire serve --files sales.csv; askwire demo needs none"
        )
    return settings


def _fail(message: str, status: int = 2) -> NoReturn:
    print(f"askwire: {message}", file=sys.stderr)
    raise typer.Exit(status)


def _settings_named(arguments: list[str]) -> PluginSettings:
    """What the settings that a command line names say of plugins; the command itself tells what is wrong with them."""
    named = [v for n, v in zip(arguments, [*arguments[1:], ""], strict=True) if n == "--config"]
    named += [a.removeprefix("--config=") for a in arguments if a.startswith("--config=")]
    try:
        return load_settings(Path(named[-1]) if named else None).plugins
    except SettingsError:
        return PluginSettings()


def _own_commands() -> set[str]:
    return {info.name or info.callback.__name__ for info in app.registered_commands if info.callback}


def main() -> None:
    """The console script."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))  # `plugins` shows it
    if not set(sys.argv[1:2]) & _own_commands():  # those need no plugin's commands, and start sooner without
        for group in load_plugins(settings=_settings_named(sys.argv)).commands():
            app.add_typer(group)
    try:
        with contextlib.suppress(KeyboardInterrupt):
            app()
    finally:
        end_within(END_S)  # whatever threads plugins have
