"""What the client is given for an answered question, by mode."""

from collections.abc import Callable
from itertools import groupby

from nl2sql.answer import Answered
from nl2sql.docs import NOTHING, DocsAnswer
from nl2sql.languages.language import Language
from nl2sql.languages.wording import wording_of
from nl2sql.narrate import Narrator
from nl2sql.options import Options
from nl2sql.trace import Trace
from nl2sql.why import explain_steps
from plugins import Answer, Column, ColumnKind, Note, Outcome, Run, Session, Table
from plugins.words import translated

SQL_COLUMNS = (Column("sql"), Column("confidence", ColumnKind.REAL), Column("tables"), Column("notes"))
WHY_COLUMNS = (Column("step", ColumnKind.INTEGER), Column("explanation"))
DOCS_COLUMNS = (Column("answer"), Column("source"), Column("place"), Column("score", ColumnKind.REAL))
TRACE_COLUMNS = (Column("step"), Column("seconds", ColumnKind.REAL), Column("detail"))


def notes(answered: Answered) -> tuple[Note, ...]:
    """The rows of SHOW WARNINGS: the SQL, how sure, from which tables, what was assumed."""
    guarded = answered.guarded
    return (
        Note(f"SQL: {guarded.sql}"),
        Note(f"Confidence: {answered.confidence:.2f}"),
        Note(f"Tables: {', '.join(guarded.tables)}"),
        *((Note(f"Verified query: {answered.verified}"),) if answered.verified else ()),
        *(Note(f"Knowledge: {line.source}: {line.text}") for line in answered.said),
        *(Note(f"Assumed: {note}") for note in guarded.notes),
    )


def as_rows(answered: Answered, options: Options, finished: Callable[[Outcome], None]) -> Answer:
    """The statement itself, to run as the client's own."""
    return Run(answered.guarded.sql, notes(answered), options.time_limit, finished)


def as_sql(answered: Answered, language: str) -> Answer:
    guarded = answered.guarded
    assumed = "; ".join(translated(note, language) for note in guarded.notes)
    row = (guarded.sql, answered.confidence, ", ".join(guarded.tables), assumed)
    return Table(SQL_COLUMNS, [row], notes(answered))


def as_why(answered: Answered, language: Language) -> Answer:
    """The steps in words."""
    wording = wording_of(language)
    steps = explain_steps(answered.guarded.tree, answered.catalog, wording)
    rows = [*enumerate(steps, 1), (len(steps) + 1, wording.as_sql.format(sql=answered.guarded.sql))]
    return Table(WHY_COLUMNS, rows, notes(answered))


def as_docs(given: DocsAnswer, language: str) -> Answer:
    """A row for each run of sentences that one passage holds."""
    runs = [(passage, [s.text for s in run]) for passage, run in groupby(given.sentences, lambda s: s.passage)]
    rows = [(" ".join(texts), p.source, p.place or p.title, round(p.score, 3)) for p, texts in runs]
    if not rows:
        return Table(DOCS_COLUMNS, [(translated(NOTHING, language), None, None, None)])
    quoted = (Note("In the documents' own words"),) if given.quoted else ()
    return Table(DOCS_COLUMNS, rows, quoted)


def as_trace(trace: Trace, language: str, given: tuple[Note, ...] = ()) -> Answer:
    rows = [(step.name, round(step.seconds, 6), step.detail(language)) for step in trace.steps]
    own = translated(f"{trace.seconds - trace.model_s:.3f} s of it outside the model", language)
    rows.append(("total", round(trace.seconds, 6), own))
    return Table(TRACE_COLUMNS, rows, given)


async def as_narrative(
    session: Session, answered: Answered, question: str, narrator: Narrator, options: Options
) -> Answer:
    """One sentence, made from the rows. Raises UpstreamError."""
    result = await session.query(answered.guarded.sql, time_limit_s=options.time_limit, max_rows=narrator.max_rows)
    text, warned = await narrator.tell(question, result)
    return Table((Column("answer"),), [(text,)], (*notes(answered), *warned))
