"""What people taught that belongs to a question: the verified query that it is, examples like it, terms.

Called with every question, so what was taught is kept ready for each catalog and read anew only when it changed.
"""

import asyncio
from dataclasses import dataclass

import structlog

from knowledge.records import Place, Taught, Term, VerifiedQuery
from knowledge.store import Store
from nl2sql.catalog import Catalog
from nl2sql.compose import fill_frame, name_outputs, wanted_columns
from nl2sql.definitions import shown
from nl2sql.guard import Guarded, check, explain
from nl2sql.lately import Lately
from nl2sql.matching import Match, Matcher
from nl2sql.similar import Examples
from nl2sql.statements import AskStatement
from nl2sql.terms import Glossary
from nl2sql.trace import Step
from plugins import AskwireError, Context, Services, Session
from plugins.readonly import Rejected

log = structlog.get_logger("askwire.nl2sql")

EXAMPLES = 3
KEPT = 64
LATELY = 64


@dataclass(frozen=True, slots=True)
class Known:
    """``match`` answers the question without a model. ``examples`` and ``terms`` are for the prompt, nearest first."""

    match: Match | None = None
    examples: tuple[VerifiedQuery, ...] = ()
    terms: tuple[Term, ...] = ()
    said: tuple[Context, ...] = ()

    @property
    def definitions(self) -> tuple[str, ...]:
        """The terms, and what documents say, as a prompt shows them."""
        return (*(shown(term) for term in self.terms), *(line.text for line in self.said))

    def tell(self, step: Step) -> None:
        """For ASK TRACE."""
        if self.match is not None:
            changed = ", ".join(f"{old} -> {new}" for old, new in self.match.changed)
            name = self.match.query.name
            step.say(f"verified query {name}: {changed}" if changed else f"verified query {name}, as it was taught")
            return
        step.say(f"like it: {', '.join(query.name for query in self.examples) or '-'}")
        step.say(f"terms: {', '.join(term.name for term in self.terms) or '-'}")


class _Ready:
    """What was taught to one account about one catalog, ready to be asked; it also keeps what was asked lately."""

    def __init__(self, taught: Taught, catalog: Catalog) -> None:
        self.taught = taught
        self.catalog = catalog
        self.matcher = Matcher(taught.queries, catalog)
        self.examples = Examples(self.matcher.queries)
        self.glossary = Glossary(taught.terms)
        self.known: Lately[str, Known] = Lately(LATELY)
        self.explained: set[VerifiedQuery] = set()
        self.answers: Lately[tuple[object, ...], Guarded] = Lately(LATELY)

    def ask(self, question: str) -> Known:
        known = self.known.get(question)
        if known is None:
            match = self.matcher.match(question)
            if match is not None:
                known = Known(match)
            else:
                examples = tuple(self.examples.similar(question, EXAMPLES))
                known = Known(None, examples, tuple(self.glossary.choose(question)))
            self.known.put(question, known)
        return known


class Knowing:
    """Looks questions up for the sessions of this process."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._ready: Lately[tuple[str, ...], _Ready] = Lately(KEPT)

    async def lookup(self, session: Session, question: str, catalog: Catalog) -> Known:
        """What is known for ``question``; nothing when the store fails, for a question is answered without it too."""
        store = self._services.get(Store)
        if store is None or not session.database:
            return Known()
        try:
            taught = await store.taught(Place(session.upstream, session.database), session.account)
        except AskwireError as error:
            log.error("knowledge_unavailable", reason=error.message)
            return Known()
        if not taught.queries and not taught.terms:
            return Known()
        key = (session.upstream, session.account, session.database)
        ready = self._ready.get(key)
        # Snapshots and catalogs are made anew when they change, so being the same object is being up to date.
        if ready is None or ready.taught is not taught or ready.catalog is not catalog:
            ready = await asyncio.to_thread(_Ready, taught, catalog)
            self._ready.put(key, ready)
        return ready.ask(question)

    async def answer(
        self, session: Session, match: Match, statement: AskStatement, catalog: Catalog, limit: int
    ) -> Guarded | None:
        """The match's SQL after the same checks as a model's; None when they fail, so that a model is asked instead.

        What passed is not checked again as long as the catalog is the same. Raises UpstreamError when the account
        lacks a right.
        """
        ready = self._ready.get((session.upstream, session.account, session.database or ""))
        if ready is None or ready.catalog is not catalog or statement.frame is not None:
            return await _checked(session, match, statement, catalog, limit)
        key = (match.query, match.changed, limit)
        guarded = ready.answers.get(key)
        if guarded is None:
            # Other parameters do not change whether the database runs it.
            run_before = match.query in ready.explained
            guarded = await _checked(session, match, statement, catalog, limit, explained=run_before)
            if guarded is not None:
                ready.explained.add(match.query)
                ready.answers.put(key, guarded)
        return guarded


async def _checked(
    session: Session, match: Match, statement: AskStatement, catalog: Catalog, limit: int, *, explained: bool = False
) -> Guarded | None:
    try:
        guarded = check(match.tree, catalog, limit, trusted=True)
        if statement.frame is not None:
            tree = guarded.tree.copy()
            if name_outputs(tree, wanted_columns(statement.frame)):
                return None
            guarded = check(fill_frame(statement.frame, tree), catalog, limit, trusted=True)
    except Rejected as rejected:
        log.info("verified_query_rejected", query=match.query.name, reason=rejected.fault.message)
        return None
    passed = (explained and not session.in_transaction) or await explain(session, guarded) is None
    return guarded if passed else None
