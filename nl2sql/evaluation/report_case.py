"""One case of the report: the question, both statements and both results side by side."""

from xml.etree import ElementTree as ET  # builds only, never parses

from nl2sql.evaluation.html import el
from nl2sql.evaluation.results import Outcome, Result, Shown
from nl2sql.evaluation.sqltext import add_sql


def add_case(parent: ET.Element, result: Result, anchor: str, change: str, before: Result | None) -> None:
    """A row that opens. ``change``: became right, became wrong or nothing; ``before``: the earlier run's result."""
    case = el(
        *(parent, "details"),
        cls="case",
        id=anchor,
        data_outcome=result.outcome,
        data_category=result.category,
        data_db=result.db,
        data_cause=result.cause,
        data_change=change,
    )
    summary = el(case, "summary")
    el(summary, "span", result.outcome, f"badge {result.outcome}")
    el(summary, "span", result.id, "id")
    el(summary, "span", result.question, "question")
    if change:
        el(summary, "span", change, "badge change")
    el(summary, "span", result.cause.removeprefix("wrong result: "), "cause")
    el(summary, "span", f"{result.seconds:.1f} s", "seconds")
    body = el(case, "div", cls="body")
    el(body, "p", f"{result.category} · {result.db}", "where")
    if result.notes:
        el(body, "p", result.notes, "notes")
    sides = el(body, "div", cls="sides")
    _gold(el(sides, "div", cls="side"), result)
    _ours(el(sides, "div", cls="side"), result)
    if before is not None and before.sql != result.sql:
        _before(body, before, result)
    _steps(body, result)


def _gold(side: ET.Element, result: Result) -> None:
    el(side, "h4", "What is right")
    for number, sql in enumerate(result.gold_sql):
        add_sql(side, sql, result.sql if number == 0 and result.outcome is not Outcome.RIGHT else "")
    _rows(side, result.gold)


def _ours(side: ET.Element, result: Result) -> None:
    el(side, "h4", "What ASK answered")
    if result.sql:
        gold = result.gold_sql[0] if result.gold_sql and result.outcome is not Outcome.RIGHT else ""
        add_sql(side, result.sql, gold)
    if result.message:
        el(side, "p", f"Error {result.number}: {result.message}", "error")
    else:
        _rows(side, result.got)
    if result.said:
        said = el(side, "ul", cls="said")
        for text in result.said:
            el(said, "li", text)


def _rows(side: ET.Element, shown: Shown) -> None:
    if not shown.rows:
        el(side, "p", "No rows.", "count")
        return
    table = el(el(side, "div", cls="scroll"), "table", cls="rows")
    if shown.columns:
        head = el(el(table, "thead"), "tr")
        for name in shown.columns:
            el(head, "th", name)
    body = el(table, "tbody")
    for row in shown.rows:
        line = el(body, "tr")
        for value in row:
            kind = "null" if value is None else "number" if isinstance(value, (int, float)) else ""
            el(line, "td", "NULL" if value is None else value, kind)
    more = f", the first {len(shown.rows)} shown" if shown.count > len(shown.rows) else ""
    el(side, "p", f"{shown.count} row{'s' * (shown.count != 1)}{more}", "count")


def _before(body: ET.Element, before: Result, result: Result) -> None:
    details = el(body, "details", cls="inner")
    el(details, "summary", f"The earlier run: {before.cause or before.outcome}")
    if before.sql:
        add_sql(details, before.sql, result.sql)
    if before.message:
        el(details, "p", f"Error {before.number}: {before.message}", "error")


def _steps(body: ET.Element, result: Result) -> None:
    if not result.steps:
        return
    details = el(body, "details", cls="inner")
    el(details, "summary", "ASK TRACE")
    table = el(el(details, "div", cls="scroll"), "table", cls="rows steps")
    for step in result.steps:
        row = el(table, "tr")
        el(row, "th", step.name)
        el(row, "td", f"{step.seconds:.3f} s", "number")
        el(el(row, "td"), "pre", step.detail)
