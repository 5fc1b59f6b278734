"""What a diagnosis says: findings, the remedy that each offers, and what trying it showed."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import ClassVar, Protocol

from diagnose.evidence.evidence import Evidence


class Severity(Enum):
    """How much a finding matters; the first is the worst."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 is the worst."""
        return list(Severity).index(self)


@dataclass(frozen=True, slots=True)
class CreateIndex:
    """An index that the table does not have. ``columns`` in order; names as the catalog spells them.

    ``prefixes``: characters of each column that are indexed, None for all; empty: all of every column.
    ``schema`` is empty for the session's own database.
    """

    table: str
    columns: tuple[str, ...]
    unique: bool = False
    descending: tuple[bool, ...] = ()
    prefixes: tuple[int | None, ...] = ()
    schema: str = ""


@dataclass(frozen=True, slots=True)
class DropIndex:
    """An index that nothing needs. ``kept``: the one that does its work, empty when it has none."""

    table: str
    name: str
    kept: str = ""
    schema: str = ""


@dataclass(frozen=True, slots=True)
class Rewrite:
    """The statement written otherwise, in MySQL's SQL, with the same result.

    ``needs`` says what the result's equality rests on besides the SQL itself, as a person would check it
    (``created_at is never NULL``); empty when it rests on nothing.
    """

    sql: str
    needs: str = ""


@dataclass(frozen=True, slots=True)
class Command:
    """A statement that changes neither data nor the schema, such as ANALYZE TABLE. It is not tried."""

    sql: str


Remedy = CreateIndex | DropIndex | Rewrite | Command


class Verdict(Enum):
    """What trying a remedy showed."""

    VERIFIED = "yes"
    REFUTED = "no"  # it was tried and does not help, or changes the result
    UNTRIED = "not verified"


@dataclass(frozen=True, slots=True)
class Trial:
    """How a remedy was tried. ``how`` is for a person: ``rows read 120,000 -> 14 on a sample of 50,000``, or why not.

    ``gain`` is the work with the remedy over the work without (rows read, or the planner's cost): 0.1 is a tenth.
    """

    verdict: Verdict
    how: str
    gain: float | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a rule found, in plain sentences. Everything shown was proved by the plan, the tree or the schema.

    ``if_verified``: how much it matters when trying the remedy has shown what no statistics tell.
    ``names``: every table, column and index that the texts name; what words a finding may name no other.
    """

    code: str
    severity: Severity
    finding: str
    evidence: str
    advice: str = ""
    remedy: Remedy | None = None
    names: tuple[str, ...] = ()
    if_verified: Severity | None = None
    trial: Trial | None = None
    statement: str = ""  # the remedy as SQL for the server at hand; set by diagnose/advice/spelling.py


class Rule(Protocol):
    """A small class that looks for one thing. ``docs/findings/<code>.md`` tells what it finds and may get wrong.

    ``check`` must not fail on any evidence: a plan may be missing, tables unknown, the tree any statement.
    """

    code: ClassVar[str]
    title: ClassVar[str]  # a few words, for lists

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        """Yield findings; nothing when the rule does not apply or nothing proves it."""
        ...


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Everything that EXPLAIN AI found about one statement, the worst first."""

    evidence: Evidence
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()  # what could not be looked at, and why
    seconds: dict[str, float] = field(default_factory=dict)  # by step
