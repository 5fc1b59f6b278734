"""Functions that there are not: another database's, misspelled ones, stored ones of a like name."""

import re

from diagnose.coaching import catalog
from diagnose.coaching.nearness import listed, nearest
from diagnose.coaching.translation import in_mysql
from diagnose.evidence.safety import FUNCTIONS
from plugins import SeenStatement, Session

_NAMED = re.compile(r"(?:FUNCTION|PROCEDURE) [`']?(?:[^\s.`']+\.)?([^\s.(`']+)", re.IGNORECASE)


async def unknown_function(session: Session, failed: SeenStatement, message: str) -> list[str]:
    """1305."""
    found = _NAMED.search(message)
    if found is None:
        return []
    if translated := await wrong_call(session, failed, message):
        return translated
    name = found[1]
    likely = nearest(name, [*sorted(n.upper() for n in FUNCTIONS), *await catalog.functions(session)])
    return [f"Did you mean {listed([f'{n}()' for n in likely])}?"] if likely else []


async def wrong_call(session: Session, failed: SeenStatement, message: str) -> list[str]:
    """1582: a function of that name takes other arguments here."""
    translated = await in_mysql(session, failed.text)
    return [f"Likely meant, in MySQL's SQL: {translated}"] if translated else []
