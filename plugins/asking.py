"""What a plugin sees and says while a question is answered."""

from dataclasses import dataclass

from sqlglot import exp


@dataclass(frozen=True, slots=True)
class Question:
    """``knowledge``: the knowledge bases that the statement or the session names (none named: empty); ``source``: a
    pattern of LIKE for their documents, or "".
    """

    text: str
    knowledge: tuple[str, ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True)
class Context:
    """A line for the prompt of a question. ``source`` tells people where it comes from; SHOW WARNINGS shows both."""

    text: str
    source: str


@dataclass(frozen=True, slots=True)
class WrittenSql:
    """A statement that a model wrote and that passed the gateway's own checks; nothing has run yet.

    ``sql`` is what would run; ``tree`` is a copy of it, parsed (dialect ``mysql``), without askwire's LIMIT.
    ``tables``: those of the database that it names. ``changes``: an INSERT, UPDATE or DELETE, to be rehearsed.
    """

    sql: str
    tree: exp.Query | exp.Insert | exp.Update | exp.Delete
    tables: tuple[str, ...]
    question: str
    changes: bool = False
