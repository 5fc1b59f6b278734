"""``askwire audit …``: verify the log, and read it."""

import re
from collections import deque
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from conf.settings import Settings, SettingsError, load_settings
from plugins.builtin.audit.chain import Hasher, Head, chains_of, files_of, parse
from plugins.builtin.audit.verify import Verified, verify

Config = Annotated[Path | None, typer.Option(help="Settings file (TOML): its folder and its key.")]
Folder = Annotated[Path | None, typer.Argument(help="The audit folder, or one chain in it; default: the settings'.")]
_ANCHOR = re.compile(r"(\d{1,18}):([0-9a-f]{64})")
errors = Console(stderr=True, highlight=False, soft_wrap=True, markup=False, emoji=False)
commands = typer.Typer(name="audit", help="The log of AI statements: who asked what.", no_args_is_help=True)


@commands.command("verify")
def verify_command(
    folder: Folder = None,
    config: Config = None,
    anchor: Annotated[
        str, typer.Option(help="SEQ:HASH of an earlier run, kept elsewhere: that line must still be there. One chain.")
    ] = "",
) -> None:
    """Read every line and name the first break of each chain; status 1 when there is one.

    With a key (\\[audit] key, ASKWIRE_AUDIT__KEY) nobody without it can make a chain that verifies.
    """
    settings = _settings(config)
    head = _anchor(anchor)
    chains = _chains(folder, settings)
    if head is not None and len(chains) != 1:
        _fail("--anchor takes the folder of one chain")
    try:
        found = [verify(chain, Hasher(settings.audit.key.get_secret_value()), head) for chain in chains]
    except OSError as error:
        _fail(f"the log cannot be read: {error}", 1)
    for each in found:
        typer.echo(_told(each))
    if any(each.broken for each in found):
        raise typer.Exit(1)


@commands.command()
def show(
    folder: Folder = None,
    config: Config = None,
    lines: Annotated[int, typer.Option("--lines", "-n", min=1, max=1_000_000, help="So many.")] = 20,
) -> None:
    """Print the lines written last, of all chains by time, as they are (JSON)."""
    last: list[tuple[str, str]] = []
    try:
        for chain in _chains(folder, _settings(config)):
            last += [
                (str((parse(line) or {}).get("at", "")), line.decode("utf-8", "replace"))
                for line in _last(chain, lines)
            ]
    except OSError as error:
        _fail(f"the log cannot be read: {error}", 1)
    for _, text in sorted(last, key=lambda each: each[0])[-lines:]:
        # A line that somebody else wrote may hold what a terminal obeys.
        typer.echo("".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text))


def _last(chain: Path, count: int) -> list[bytes]:
    """The chain's last whole lines."""
    found: deque[bytes] = deque(maxlen=count)
    for path in reversed(files_of(chain)):
        with path.open("rb") as file:
            own = deque((line[:-1] for line in file if line.endswith(b"\n")), maxlen=count - len(found))
        found.extendleft(reversed(own))
        if len(found) == count:
            break
    return list(found)


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _told(found: Verified) -> str:
    state = f"BROKEN: {found.broken}" if found.broken else "intact"
    parts = [f"{found.name}: {state}"]
    if found.lines:
        good = _counted(found.lines, "good line" if found.broken else "line")
        parts.append(f"  {good} in {_counted(found.files, 'file')}, {found.first} to {found.last}")
    if not found.broken:
        parts.append(f"  anchor {found.head.seq}:{found.head.hash}")
    if found.gaps:
        parts.append(
            f"  {_counted(found.gaps, 'gap')}: {_counted(found.unwritten, 'line')} could not be written at their time"
        )
    if found.torn:
        parts.append(f"  {found.torn} bytes of a line that is being written, or was when the gateway was killed")
    return "\n".join([*parts, *(f"  when it was opened: {text}" for text in found.left)])


def _chains(folder: Path | None, settings: Settings) -> list[Path]:
    root = folder or settings.audit.path
    if root is None:
        _fail("[audit] folder is not set; name the folder, or a settings file: --config")
    try:
        chains = chains_of(root.absolute())
    except OSError as error:
        _fail(f"the folder cannot be read: {error}", 1)
    if not chains:
        _fail(f"there is no audit log in {root}", 1)
    return chains


def _anchor(text: str) -> Head | None:
    if not text:
        return None
    found = _ANCHOR.fullmatch(text)
    if found is None:
        _fail("--anchor takes SEQ:HASH as `askwire audit verify` prints it")
    return Head(int(found[1]), found[2])


def _settings(config: Path | None) -> Settings:
    try:
        return load_settings(config)
    except SettingsError as error:
        _fail(str(error))


def _fail(message: str, status: int = 2) -> NoReturn:
    errors.print(f"askwire: {message}")
    raise typer.Exit(status)
