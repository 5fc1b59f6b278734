"""Chooses who knows about an error, and keeps what they say short."""

from collections.abc import Awaitable, Callable

from diagnose.coaching import functions, names, syntax, values
from diagnose.evidence import shape
from plugins import AskwireError, SeenStatement, Session, UpstreamError

MAX_SUGGESTIONS = 3
MAX_CHARS = 50_000

# https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html
_COACHES: dict[int, Callable[[Session, SeenStatement, str], Awaitable[list[str]]]] = {
    1049: names.unknown_database,
    1052: names.ambiguous_column,
    1054: names.unknown_column,
    1055: values.not_grouped,
    1064: syntax.error,
    1136: values.wrong_count,
    1146: names.unknown_table,
    1149: syntax.error,
    1264: values.wrong_value,
    1292: values.wrong_value,
    1305: functions.unknown_function,
    1364: values.no_default,
    1366: values.wrong_value,
    1406: values.wrong_value,
    1451: values.still_referred_to,
    1452: values.no_parent,
    1582: functions.wrong_call,
}


async def suggest(session: Session, failed: SeenStatement) -> list[str]:
    """At most three sentences that say how the statement may be mended; empty when nothing is known.

    Every name in them is one that the account can see, or stands in the statement itself. Raises ``UpstreamError`` only
    when the upstream is lost.
    """
    coach = _COACHES.get(failed.error.number) if failed.error is not None else None
    if coach is None or failed.error is None or failed.truncated or len(failed.text) > MAX_CHARS:
        return []
    try:
        found = await coach(session, failed, failed.error.message)
    except AskwireError:
        return []  # it cannot be read
    except UpstreamError as error:
        if error.number == 1158:
            raise
        return []
    return list(dict.fromkeys(shape.text(text) for text in found))[:MAX_SUGGESTIONS]
