from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from diagnose.passages import quotes
from diagnose.types import Finding, Severity
from knowledge.bases import Bases
from knowledge.retrieval import Retriever
from plugins import Services, Session
from tests.knowledge.index.shelf import MODEL, Shelf

RUNBOOK = "Indexes on orders: never create one during business hours, the table is replicated."
SHIPPING = "Orders are shipped within two days. A customer may cancel an order until then."
PAGING = "Our convention: offset pagination is not used; pages follow keys."
FINDING = Finding("missing-index", Severity.HIGH, "orders is read row by row.", "", names=("orders", "customer_id"))
OFFSET = Finding("offset-pagination", Severity.LOW, "100,000 rows are thrown away.", "", names=("orders",))


class Cosines:
    """An embedder whose vectors are near when both texts are about the work on databases."""

    async def embed(self, texts: Sequence[str], *, model: str = "", query: bool = False) -> Any:
        import numpy as np

        work = [any(word in text.casefold() for word in ("index", "query", "pagination")) for text in texts]
        return np.array([(1.0, 0.0) if about else (0.0, 1.0) for about in work], np.float32)

    async def rerank(self, question: str, texts: Sequence[str]) -> None:
        return None


@pytest.fixture
async def services(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Services]:
    shelf = Shelf(tmp_path)
    embeddings = Cosines() if request.param else None
    shelf.add(shelf.base("runbook", embedder=MODEL if request.param else ""), "runbook.md", [RUNBOOK, SHIPPING, PAGING])
    made, retriever = Services(), Retriever(shelf.database, embeddings, shelf.folder / "index")
    made.add(retriever)
    made.add(Bases(shelf.database, ("ann",)))
    yield made
    await retriever.close()
    await shelf.database.close()
    shelf.close()


def session(account: str) -> Session:
    return cast(Session, SimpleNamespace(upstream="mysql://127.0.0.1:3306", account=account))


@pytest.mark.parametrize("services", [False, True], indirect=True)
async def test_what_applies_is_quoted_and_nothing_else(services: Services) -> None:
    (quote,) = await quotes(services, session("ann@%"), [FINDING])
    assert (quote.source, quote.text) == ("runbook.md (page 1)", RUNBOOK)
    found = await quotes(services, session("ann@%"), [FINDING, OFFSET])
    assert sorted(quote.text for quote in found) == [RUNBOOK, PAGING]
    assert await quotes(services, session("ann@%"), []) == ()


@pytest.mark.parametrize("services", [False], indirect=True)
async def test_of_bases_that_the_account_may_not_read_nothing_is_quoted(services: Services) -> None:
    assert await quotes(services, session("bob@%"), [FINDING]) == ()


async def test_without_knowledge_there_are_no_quotes() -> None:
    assert await quotes(Services(), session("ann@%"), [FINDING]) == ()
