"""The notes of the cases as business terms, for as long as a run lasts."""

import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress

from nl2sql.evaluation.cases import Case
from nl2sql.evaluation.client import Asker, Failed, Unreachable
from plugins.literals import quote_literal

NAME_CHARS = 60
NAME_WORDS = 6
_DEFINED = re.compile(r"\s*([^=:(]{1,40}?)\s*(?:\([^)]{0,80}\)\s*)?[=:]")


@contextmanager
def loaded_terms(cases: Sequence[Case], asker: Asker) -> Iterator[int]:
    """Each distinct note is a term of its database meanwhile; gives how many. Terms that are there are left alone.

    Raises Failed, Unreachable.
    """
    notes = list(dict.fromkeys((case.db, case.notes.strip()) for case in cases if case.notes.strip()))
    taken: dict[str, set[str]] = {}
    with ExitStack() as stack:
        for database, note in notes:
            if database not in taken:
                taken[database] = {str(row[0]).casefold() for row in asker.run(database, "SHOW AI TERMS")[1]}
            name = _free(name_of(note), taken[database])
            asker.run(database, f"CREATE TERM {quote_literal(name)} AS {quote_literal(note)}")
            stack.callback(_drop, asker, database, name)
        yield len(notes)


def name_of(note: str) -> str:
    """What a note defines (``TAC`` of ``TAC = total active customers``), else its first words."""
    found = _DEFINED.match(note)
    name = found[1] if found else " ".join(note.split()[:NAME_WORDS])
    return " ".join(name.split())[:NAME_CHARS].strip()


def _free(name: str, taken: set[str]) -> str:
    """``name``, numbered where it is taken; takes it."""
    free, number = name, 1
    while free.casefold() in taken:
        number += 1
        free = f"{name[: NAME_CHARS - 4]} {number}"
    taken.add(free.casefold())
    return free


def _drop(asker: Asker, database: str, name: str) -> None:
    with suppress(Failed, Unreachable):
        asker.run(database, f"DROP TERM {quote_literal(name)}")
