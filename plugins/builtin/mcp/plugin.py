"""The plugin: one command. Nothing else is imported until it runs."""

from typing import TYPE_CHECKING

from plugins.hooks import hookimpl

if TYPE_CHECKING:
    import typer


@hookimpl
def askwire_commands() -> "typer.Typer":
    """``askwire mcp``."""
    from plugins.builtin.mcp.commands import commands

    return commands
