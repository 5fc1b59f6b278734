"""A run as one HTML file: nothing is fetched, nothing runs but its own filter, and every text is escaped."""

from importlib import resources
from pathlib import Path
from xml.etree import ElementTree as ET  # builds only, never parses

from nl2sql.evaluation.figures import Change, Line, by_category, by_cause, median_of, percentile
from nl2sql.evaluation.html import el, page, render, say
from nl2sql.evaluation.report_case import add_case
from nl2sql.evaluation.results import Outcome, Result, Run
from nl2sql.evaluation.tables import chance_words, percent

MEANING = {
    Outcome.RIGHT: "the rows are those of the gold SQL",
    Outcome.WRONG: "it ran, with other rows",
    Outcome.FAILED: "no rows: an error",
    Outcome.REFUSED: "not answered, on purpose",
}
BINS = 24


def write_report(run: Run, path: Path, change: Change | None = None) -> None:
    """Raises OSError."""
    path.write_bytes(render(report(run, change)))


def report(run: Run, change: Change | None = None) -> ET.Element:
    """The page; ``change``: what differs from an earlier run."""
    folder = resources.files("nl2sql.evaluation")
    style, script = ((folder / name).read_text("utf-8") for name in ("report.css", "report.js"))
    html, body = page("ASK: evaluation", style, script)
    main = el(body, "main")
    _heading(main, run)
    _tiles(main, run, change)
    columns = el(main, "div", cls="columns")
    _categories(_section(columns, "By category"), run)
    aside = el(columns, "div")
    _causes(_section(aside, "What went wrong"), run)
    _times(_section(aside, "Seconds a question"), run)
    if change is not None:
        _changes(_section(main, "Compared with the earlier run"), change)
    _cases(main, run, change)
    return html


def _section(parent: ET.Element, title: str) -> ET.Element:
    section = el(parent, "section")
    el(section, "h2", title)
    return section


def _heading(main: ET.Element, run: Run) -> None:
    header = el(main, "header")
    el(header, "h1", "How often is ASK right?")
    if not run.complete:
        el(header, "p", "This run was interrupted; the figures are of the cases that were asked.", "warning")
    about = el(header, "dl", cls="about")
    for name, value in run.about.items():
        if value:
            pair = el(about, "div")
            el(pair, "dt", name)
            el(pair, "dd", value)


# ---- figures


def _tiles(main: ET.Element, run: Run, change: Change | None) -> None:
    tiles = el(main, "div", cls="tiles")
    whole = by_category(run.results)[-1]
    first = _tile(tiles, percent(run.right, len(run.results)), f"right: {run.right} of {len(run.results)}", "main")
    if change is not None:
        points = 100 * (change.right_now - change.right_before) / max(1, change.of)
        el(first, "span", f"{points:+.1f} points", cls="delta " + ("up" if points >= 0 else "down"))
    for outcome in list(Outcome)[1:]:
        _tile(tiles, str(whole.counts[outcome]), f"{outcome}: {MEANING[outcome]}", outcome)
    _tile(tiles, f"{whole.median_s:.1f} s", "median from question to last row")
    _tile(tiles, f"{whole.p95_s:.1f} s", "95th percentile")
    first_token = median_of([r.first_token_s for r in run.results])
    own = median_of([r.own_s for r in run.results])
    if first_token is not None:
        _tile(tiles, f"{first_token:.2f} s", "median to the first token")
    if own is not None:
        _tile(tiles, f"{own * 1000:.0f} ms", "median outside the model")


def _tile(tiles: ET.Element, figure: str, words: str, cls: str = "") -> ET.Element:
    tile = el(tiles, "div", cls=f"tile {cls}".strip())
    el(tile, "strong", figure)
    el(tile, "span", words)
    return tile


def _categories(section: ET.Element, run: Run) -> None:
    table = el(section, "table", cls="figures")
    row = el(el(table, "thead"), "tr")
    for name in ("", "right", "", "of", "median s"):
        el(row, "th", name)
    body = el(table, "tbody")
    for line in by_category(run.results):
        row = el(body, "tr", cls="all" if line.name == "all" else "")
        el(row, "th", line.name, scope="row")
        el(row, "td", f"{line.percent:.0f} %")
        _bar(el(row, "td", cls="wide"), line)
        el(row, "td", line.of)
        el(row, "td", f"{line.median_s:.1f}")
    legend = el(section, "p", cls="legend")
    for outcome in Outcome:
        el(legend, "span", cls=f"swatch {outcome}")
        say(legend, f" {outcome} ")


def _bar(cell: ET.Element, line: Line) -> None:
    words = ", ".join(f"{count} {outcome}" for outcome, count in line.counts.items() if count)
    bar = el(cell, "div", cls="bar", role="img", aria_label=words, title=words)
    for outcome, count in line.counts.items():
        if count:
            el(bar, "i", cls=outcome, style=f"flex-grow:{count}")


def _causes(section: ET.Element, run: Run) -> None:
    causes = by_cause(run.results)
    if not causes:
        el(section, "p", "Nothing.")
        return
    table = el(section, "table", cls="figures")
    for cause, count in causes:
        row = el(table, "tr")
        el(row, "th", cause, scope="row")
        el(row, "td", count)
        bar = el(el(row, "td", cls="wide"), "div", cls="bar plain")
        el(bar, "i", style=f"width:{100 * count / causes[0][1]:.0f}%")


def _times(section: ET.Element, run: Run) -> None:
    """How many questions took how long, up to the 99th percentile; what took longer is in the last bin."""
    seconds = [result.seconds for result in run.results]
    width = max(percentile(seconds, 99), 0.001) / BINS
    counts = [0] * BINS
    for value in seconds:
        counts[min(BINS - 1, int(value / width))] += 1
    chart = el(section, "div", cls="histogram", role="img", aria_label="distribution of the seconds a question")
    for at, count in enumerate(counts):
        words = f"{at * width:.1f} to {(at + 1) * width:.1f} s: {count}"
        el(chart, "i", style=f"height:{100 * count / max(counts):.0f}%", title=words)
    axis = el(section, "div", cls="axis")
    for value in (0, BINS / 2, BINS):
        el(axis, "span", f"{value * width:.1f}")


# ---- compared


def _changes(section: ET.Element, change: Change) -> None:
    about = change.earlier.about
    words = ", ".join(about[key] for key in ("started", "model", "askwire") if about.get(key))
    el(
        section,
        "p",
        f"Earlier: {words}. Over the {change.of} cases of both, {change.right_before} were right and "
        f"{change.right_now} are ({chance_words(change)}).",
    )
    columns = el(section, "div", cls="columns even")
    for title, pairs, cls in (
        ("became right", change.became_right, "right"),
        ("became wrong", change.became_wrong, "wrong"),
    ):
        column = el(columns, "div")
        el(column, "h3", f"{len(pairs)} {title}", cls)
        listed = el(column, "ul", cls="changes")
        for before, now in pairs:
            item = el(listed, "li")
            el(item, "a", now.id, href=f"#{_anchor(now)}")
            say(item, f" {now.question} ")
            el(item, "small", f"({before.cause or now.cause})")


def _anchor(result: Result) -> str:
    return f"case-{result.id}"


# ---- the cases


def _cases(main: ET.Element, run: Run, change: Change | None) -> None:
    section = _section(main, "The cases")
    changed = {now.id: "became right" for _, now in change.became_right} if change else {}
    changed |= {now.id: "became wrong" for _, now in change.became_wrong} if change else {}
    before = {result.id: result for result in change.earlier.results} if change else {}
    _filters(section, run, bool(changed))
    worst_first = {Outcome.WRONG: 0, Outcome.FAILED: 1, Outcome.REFUSED: 2, Outcome.RIGHT: 3}
    for result in sorted(run.results, key=lambda r: worst_first[r.outcome]):
        add_case(section, result, _anchor(result), changed.get(result.id, ""), before.get(result.id))
    el(section, "p", "No case fits the filter.", id="none", hidden="")


def _filters(section: ET.Element, run: Run, compared: bool) -> None:
    form = el(section, "form", id="filter", hidden="")
    el(form, "input", type="search", id="words", placeholder="words of question, notes, SQL, error", aria_label="words")
    choices = [
        ("outcome", "every outcome", [*Outcome]),
        ("category", "every category", sorted({r.category for r in run.results})),
        ("db", "every database", sorted({r.db for r in run.results})),
        ("cause", "every cause", [cause for cause, _ in by_cause(run.results)]),
    ]
    if compared:
        choices.append(("change", "changed or not", ["became right", "became wrong"]))
    for name, every, values in choices:
        chosen = el(form, "select", id=name, aria_label=name)
        el(chosen, "option", every, value="")
        for value in values:
            el(chosen, "option", value, value=value)
    el(form, "button", "open all", type="button", id="open")
    el(form, "output", id="shown")
