"""``askwire model …``."""

import typer

commands = typer.Typer(name="model", help="The models that can answer, and their files.", no_args_is_help=True)
