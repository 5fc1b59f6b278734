"""One question on its way through the pipeline."""

from dataclasses import dataclass

from nl2sql.asked import Asked
from nl2sql.catalog import Catalog
from nl2sql.context import Context, Grounding
from nl2sql.statements import AskStatement


@dataclass(frozen=True, slots=True)
class Task:
    """What was asked, of which catalog, with which prompt.

    ``wanted``: columns that the frame around ASK names. ``said``: the question with those that it goes on from.
    """

    statement: AskStatement
    catalog: Catalog
    context: Context
    grounding: Grounding
    system: str
    user: str
    limit: int
    wanted: tuple[str, ...] = ()
    said: str = ""

    @property
    def asked(self) -> Asked:
        """What statements are compared with."""
        return Asked(self.said or self.statement.question, self.context.values, self.context.terms)
