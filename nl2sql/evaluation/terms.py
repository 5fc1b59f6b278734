"""The notes of the cases as business terms, for as long as a run lasts."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress

from nl2sql.evaluation.cases import Case
from nl2sql.evaluation.client import Asker, Failed, Unreachable, quoted

PREFIX = "askwire bench "


@contextmanager
def loaded_terms(cases: Sequence[Case], asker: Asker) -> Iterator[int]:
    """Each distinct note is a term of its database meanwhile; gives how many. Raises Failed, Unreachable."""
    notes = list(dict.fromkeys((case.db, case.notes.strip()) for case in cases if case.notes.strip()))
    with ExitStack() as stack:
        for number, (database, note) in enumerate(notes, 1):
            name = f"{PREFIX}{number}"
            asker.run(database, f"CREATE TERM {quoted(name)} AS {quoted(note)}")
            stack.callback(_drop, asker, database, name)
        yield len(notes)


def _drop(asker: Asker, database: str, name: str) -> None:
    with suppress(Failed, Unreachable):
        asker.run(database, f"DROP TERM {quoted(name)}")
