"""The prompt of a change: the prefix that every question of the schema shares, and other instructions behind it."""

from collections.abc import Sequence

from nl2sql.prompt import user_prompt

INSTRUCTIONS = """This time change the data: write one UPDATE, INSERT or DELETE statement instead of a SELECT.
- It changes one table, without JOIN. Another table is only read in a subquery: WHERE key IN (SELECT ...).
- UPDATE and DELETE pick exactly the rows that are meant with WHERE. INSERT lists the columns that it gives values.
- Change nothing that is not asked for."""


def change_prompt(question: str, today: str, hints: Sequence[str], terms: Sequence[str]) -> str:
    """The part that changes."""
    return f"{INSTRUCTIONS}\n{user_prompt(question, today, hints, terms)}"
