"""A run as tables on a terminal."""

from collections.abc import Iterable

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from nl2sql.evaluation.figures import Change, by_category, by_cause, median_of
from nl2sql.evaluation.html import clean
from nl2sql.evaluation.results import Outcome, Result, Run

LISTED = 20


def print_run(console: Console, run: Run) -> None:
    """Accuracy by category, what went wrong, latency."""
    table = Table("category", box=None)
    for name in ("of", *Outcome, "right %", "median s", "p95 s"):
        table.add_column(str(name), justify="right")
    for line in by_category(run.results):
        counts = [str(line.counts[outcome]) for outcome in Outcome]
        times = f"{line.percent:.1f}", f"{line.median_s:.2f}", f"{line.p95_s:.2f}"
        table.add_row(plain(line.name), str(line.of), *counts, *times, style="bold" if line.name == "all" else "")
    console.print(table)
    causes = Table("what went wrong", box=None)
    causes.add_column("cases", justify="right")
    for cause, count in by_cause(run.results):
        causes.add_row(plain(cause), str(count))
    if causes.row_count:
        console.print(causes)
    for text in latency_words(run.results):
        console.print(text)
    unfinished = "" if run.complete else ", interrupted"
    console.print(f"right: {run.right} of {len(run.results)} ({percent(run.right, len(run.results))}){unfinished}")


def latency_words(results: Iterable[Result]) -> list[str]:
    """First token and the gateway's own share, where ASK TRACE was asked."""
    results = list(results)
    first = median_of([result.first_token_s for result in results])
    own = median_of([result.own_s for result in results])
    words = [f"first token: median {first:.2f} s"] if first is not None else []
    return words + ([f"outside the model: median {own * 1000:.0f} ms"] if own is not None else [])


def print_change(console: Console, change: Change) -> None:
    """What became right, what became wrong."""
    console.print(
        f"over the {change.of} cases of both: {change.right_before} were right, {change.right_now} are; "
        f"{len(change.became_right)} became right, {len(change.became_wrong)} became wrong "
        f"({chance_words(change)})"
    )
    for title, pairs in (("became right", change.became_right), ("became wrong", change.became_wrong)):
        for before, now in pairs[:LISTED]:
            why = before.cause if title == "became right" else now.cause
            console.print(f"  {title}: {plain(now.id)} ({plain(now.category)}): {plain(why)}")
        if len(pairs) > LISTED:
            console.print(f"  {title}: {len(pairs) - LISTED} more")


def chance_words(change: Change) -> str:
    """Whether the difference may be chance."""
    if not change.became_right and not change.became_wrong:
        return "no case changed"
    verdict = "may well be chance" if change.chance > 0.05 else "hardly chance"
    return f"{verdict}: p = {change.chance:.2g}"


def percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "–"


def plain(text: str) -> str:
    """``text`` as it may go to a terminal: no markup, no escape sequences."""
    return escape(clean(text).replace("\x9b", "\ufffd"))
