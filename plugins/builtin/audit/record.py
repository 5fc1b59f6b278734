"""What a line says of a statement."""

from collections.abc import Iterable

from plugins.answered import AnsweredStatement
from plugins.builtin.audit.files import Record, moment

MAX_MESSAGE = 2_000
MAX_NAMES, MAX_NAME = 200, 500


def as_record(event: AnsweredStatement) -> Record:
    """Without its number and hash; what is empty is left out."""
    facts = event.facts
    error = None
    if event.error is not None:
        number, sqlstate, message = event.error
        error = {"number": number, "sqlstate": sqlstate, "message": message[:MAX_MESSAGE]}
    record: Record = {
        "at": moment(event.at),
        "event": event.stage.value,
        "id": event.id,
        "statement": event.name,
        "account": event.account,
        "user": event.user,
        "client": event.client,
        "session": event.session,
        "upstream": event.upstream,
        "database": event.database,
        "text": event.text,
        "withheld": event.withheld or None,
        "question": facts.question,
        "sql": facts.sql,
        "tables": _some(facts.tables),
        "passages": _some(facts.passages),
        "model": facts.model,
        "rows": event.rows,
        "seconds": round(event.seconds, 6),
        "error": error,
    }
    return {key: value for key, value in record.items() if value is not None and value not in ("", [])}


def _some(names: Iterable[str]) -> list[str]:
    return [name[:MAX_NAME] for name, _ in zip(names, range(MAX_NAMES), strict=False)]
