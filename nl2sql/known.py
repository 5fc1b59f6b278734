"""What people taught that belongs to a question: the verified query that it is, examples like it, terms.

Called with every question, so what was taught is kept ready for each catalog and read anew only when it changed.
"""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass

import structlog

from knowledge.records import Place, Taught, Term, VerifiedQuery
from knowledge.store import Store
from nl2sql.catalog import Catalog
from nl2sql.compose import fill_frame, name_outputs, wanted_columns
from nl2sql.definitions import shown
from nl2sql.guard import Guarded, check, explain
from nl2sql.matching import Match, Matcher
from nl2sql.readonly import Rejected
from nl2sql.similar import Examples
from nl2sql.statements import AskStatement
from nl2sql.terms import Glossary
from plugins import AskwireError, Services, Session

log = structlog.get_logger("askwire.nl2sql")

EXAMPLES = 3
KEPT = 256


@dataclass(frozen=True, slots=True)
class Known:
    """``match`` answers the question without a model. ``examples`` and ``terms`` are for the prompt, nearest first."""

    match: Match | None = None
    examples: tuple[VerifiedQuery, ...] = ()
    terms: tuple[Term, ...] = ()

    @property
    def definitions(self) -> tuple[str, ...]:
        """The terms as a prompt shows them."""
        return tuple(shown(term) for term in self.terms)

    @property
    def detail(self) -> str:
        """For ASK TRACE."""
        if self.match is not None:
            changed = ", ".join(f"{old} -> {new}" for old, new in self.match.changed) or "no parameters changed"
            return f"verified query {self.match.query.name}: {changed}"
        examples = ", ".join(query.name for query in self.examples) or "none"
        return f"like it: {examples}; terms: {', '.join(term.name for term in self.terms) or 'none'}"


async def answer_with(
    session: Session, match: Match, statement: AskStatement, catalog: Catalog, limit: int
) -> Guarded | None:
    """The match's SQL after the same checks as a model's; None when they fail, so that a model is asked instead.

    Raises UpstreamError when the account lacks a right.
    """
    try:
        guarded = check(match.tree, catalog, limit)
        if statement.frame is not None:
            tree = guarded.tree.copy()
            if name_outputs(tree, wanted_columns(statement.frame)):
                return None
            guarded = check(fill_frame(statement.frame, tree), catalog, limit)
    except Rejected as rejected:
        log.info("verified_query_rejected", query=match.query.name, reason=rejected.fault.message)
        return None
    return guarded if await explain(session, guarded) is None else None


class _Ready:
    """What was taught to one account about one catalog, ready to be asked."""

    def __init__(self, taught: Taught, catalog: Catalog) -> None:
        self.taught = taught
        self.catalog = catalog
        self.matcher = Matcher(taught.queries, catalog)
        self.examples = Examples(self.matcher.queries)
        self.glossary = Glossary(taught.terms)


class Knowing:
    """Looks questions up for the sessions of this process."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._ready: OrderedDict[tuple[str, ...], _Ready] = OrderedDict()

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
        ready = await self._made_ready(session, taught, catalog)
        match = ready.matcher.match(question)
        if match is not None:
            return Known(match)
        examples = tuple(ready.examples.similar(question, EXAMPLES))
        return Known(None, examples, tuple(ready.glossary.choose(question)))

    async def _made_ready(self, session: Session, taught: Taught, catalog: Catalog) -> _Ready:
        key = (session.upstream, session.account, session.database or "")
        ready = self._ready.get(key)
        # Snapshots and catalogs are made anew when they change, so being the same object is being up to date.
        if ready is None or ready.taught is not taught or ready.catalog is not catalog:
            ready = self._ready[key] = await asyncio.to_thread(_Ready, taught, catalog)
        self._ready.move_to_end(key)
        while len(self._ready) > KEPT:
            self._ready.popitem(last=False)
        return ready
