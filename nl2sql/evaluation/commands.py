"""``askwire bench ask``: measures ASK over a file of cases, through a running gateway."""

import importlib.metadata
import os
import platform
import time
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from nl2sql.evaluation.cases import Case, CasesError, load_cases, select_cases
from nl2sql.evaluation.client import Asker, Failed, Login, Unreachable
from nl2sql.evaluation.figures import compare as compare_runs
from nl2sql.evaluation.measure import NoGold, Tracing, measure
from nl2sql.evaluation.report import write_report
from nl2sql.evaluation.results import Outcome, Result, ResultsError, Run, read_run, write_run
from nl2sql.evaluation.tables import plain, print_change, print_run
from nl2sql.evaluation.terms import loaded_terms

PASSWORD_VARIABLE = "MYSQL_PWD"  # noqa: S105  # a variable's name; the one that the database's own clients read
DEFAULT_PORT = 3307

commands = typer.Typer(name="bench", help="Measure this gateway.", no_args_is_help=True)
errors = Console(stderr=True, highlight=False)


@commands.callback()
def bench() -> None:
    """Measure this gateway."""


@commands.command()
def ask(
    cases: Annotated[Path, typer.Option(help="Questions with known results, one JSON object a line.")],
    gateway: Annotated[str, typer.Option(help="HOST:PORT of a running gateway.")] = f"127.0.0.1:{DEFAULT_PORT}",
    user: Annotated[str, typer.Option(help="The database account.")] = "root",
    password_file: Annotated[
        Path | None, typer.Option(help="A file that holds the password.", show_default=f"${PASSWORD_VARIABLE}, or none")
    ] = None,
    ask_password: Annotated[bool, typer.Option("--password", "-p", help="Ask for the password.")] = False,
    tls_ca: Annotated[Path | None, typer.Option(help="Use TLS; certificates are checked with this file.")] = None,
    model: Annotated[str | None, typer.Option(help="The model.", show_default="the gateway's")] = None,
    only: Annotated[list[str] | None, typer.Option(help="A category, database or id; a pattern (basic_*).")] = None,
    count: Annotated[int | None, typer.Option(min=1, help="About so many cases, from every part of the file.")] = None,
    init: Annotated[str | None, typer.Option(help="SQL to run first on every connection.")] = None,
    terms: Annotated[bool, typer.Option("--terms", help="Load the notes as business terms meanwhile.")] = False,
    notes: Annotated[bool, typer.Option("--notes", help="Append a case's notes to its question.")] = False,
    trace: Annotated[Tracing, typer.Option(help="Ask once more with ASK TRACE: these cases.")] = Tracing.NONE,
    output: Annotated[
        Path | None, typer.Option(help="Results (JSON).", show_default="askwire-bench-<time>.json")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="A report to look at (HTML).")] = None,
    compare: Annotated[Path | None, typer.Option(help="Results of an earlier run to compare with.")] = None,
) -> None:
    """Ask every case of a file through a running gateway; say how many are right, what went wrong, and how fast.

    askwire bench ask --cases cases.jsonl --user app --report report.html
    """
    host, port = _address(gateway)
    try:
        chosen = select_cases(load_cases(cases), only or (), count)
        earlier = read_run(compare) if compare else None
        password = _password(password_file, ask_password)
    except (CasesError, ResultsError, OSError) as error:
        _fail(str(error))
    if not chosen:
        _fail("no case fits --only")
    login = Login(host, port, user, password, str(tls_ca) if tls_ca else None, init)
    about = {"cases": cases.name, "gateway": gateway, "model": model or "", "init": init or ""}
    about |= {
        "only": " ".join(only or ()),
        "notes": "as terms" if terms else "in the question" if notes else "not given",
    }
    run = _measured(chosen, Asker(login, model), about, terms=terms, notes=notes, tracing=trace)
    _give(run, output, report, earlier)
    raise typer.Exit(0 if run.complete else 1)


def _measured(
    cases: list[Case], asker: Asker, about: dict[str, str], *, terms: bool, notes: bool, tracing: Tracing
) -> Run:
    """Whatever interrupts it, the results so far are kept."""
    results: list[Result] = []
    complete = False
    about = _circumstances(asker, about)
    columns = TextColumn("{task.description}"), MofNCompleteColumn(), TimeRemainingColumn()
    with ExitStack() as stack:
        stack.callback(asker.close)
        bar = stack.enter_context(Progress(*columns, console=errors))
        task = bar.add_task("", total=len(cases))
        try:
            if terms:
                stack.enter_context(loaded_terms(cases, asker))
            for result in measure(cases, asker, with_notes=notes, tracing=tracing):
                results.append(result)
                right = sum(r.outcome is Outcome.RIGHT for r in results)
                bar.update(task, advance=1, description=f"{right} right")
            complete = True
        except (Unreachable, Failed, NoGold) as error:
            errors.print(f"askwire: {plain(str(error))}")
        except KeyboardInterrupt:
            errors.print("askwire: interrupted")
    if not results:
        raise typer.Exit(2)
    return Run(about, tuple(results), complete)


def _circumstances(asker: Asker, about: dict[str, str]) -> dict[str, str]:
    """When, on what, with which model. Ends the command where no gateway answers."""
    try:
        status = asker.status()
    except Unreachable as error:
        _fail(f"no gateway answers at {error}; start one: askwire serve --upstream mysql://127.0.0.1:3306")
    except Failed as error:
        _fail(f"{asker.login.host}:{asker.login.port} is no askwire gateway: {error}")
    now = datetime.now().astimezone().isoformat(" ", "seconds")
    here = f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors"
    model = about["model"] or status.get("model", "")
    about = {"started": now, "askwire": importlib.metadata.version("askwire"), **about, "model": model}
    return {**about, "upstream": status.get("gateway.upstream", ""), "client on": here}


def _give(run: Run, output: Path | None, report: Path | None, earlier: Run | None) -> None:
    console = Console(highlight=False)
    change = compare_runs(earlier, run) if earlier else None
    print_run(console, run)
    if change is not None:
        print_change(console, change)
    path = output or Path(time.strftime("askwire-bench-%Y%m%d-%H%M%S.json"))
    try:
        write_run(run, path)
        console.print(f"results: {path}", markup=False)
        if report is not None:
            write_report(run, report, change)
            console.print(f"report: {report}", markup=False)
    except OSError as error:
        _fail(str(error))


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        _fail(f"--gateway takes HOST:PORT, not {text!r}")
    return host.strip("[]"), int(port)


def _password(file: Path | None, prompt: bool) -> str:
    """Raises OSError."""
    if file is not None:
        return file.read_text("utf-8").split("\n")[0].rstrip("\r")
    if prompt:
        return str(typer.prompt("Password", hide_input=True, err=True))
    return os.environ.get(PASSWORD_VARIABLE, "")


def _fail(message: str) -> NoReturn:
    errors.print(f"askwire: {plain(message)}")
    raise typer.Exit(2)
