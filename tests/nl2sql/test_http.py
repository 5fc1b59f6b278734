"""What the routes make of requests, without a gateway; on a real one: tests/proxy/admin/test_taught.py."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request

from conf.settings import Settings
from knowledge.database import Database
from knowledge.records import Place, VerifiedQuery
from knowledge.store import Store
from nl2sql.history import Asked, History
from nl2sql.http import routers
from nl2sql.teaching_grammar import DEFINITION_CHARS, WHY_CHARS, Judgement, parse_create_query, parse_feedback
from plugins import Services
from plugins.grammar import NAME_CHARS
from plugins.http import DatabaseLogins, Rows
from proxy.admin import errors

SETTINGS = Settings(upstream="mysql://127.0.0.1:3306")
SHOP = Place(SETTINGS.upstream_name, "shop")
HOSTILE = "x' AS SELECT 1; DROP TABLE t; -- \\' /* \u202e"


class Logins:
    """Notes what is run on log-ins; a verified query that is created is there afterwards."""

    def __init__(self, store: Store) -> None:
        self.ran: list[tuple[str, str, str]] = []
        self._store = store

    async def run(self, role: str, login: str, sql: str) -> Rows:
        self.ran.append((role, login, sql))
        if sql.startswith("CREATE"):
            made = parse_create_query(sql)
            await self._store.put(SHOP, "app@%", VerifiedQuery(made.name, made.question, made.sql))
        return [("app@%", "shop")]


class Api(httpx.AsyncClient):
    """A client of the routes alone, whose role is always ``admin``."""

    def __init__(self, services: Services, history: History, logins: Logins) -> None:
        app = FastAPI()
        errors.install(app)

        @app.middleware("http")
        async def as_admin(request: Request, answer: Any) -> Any:
            request.state.role = "admin"
            return await answer(request)

        for router in routers(SETTINGS, services, history):
            app.include_router(router)
        super().__init__(transport=httpx.ASGITransport(app), base_url="http://api")
        self.services, self.ran, self.history = services, logins.ran, history


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    database, services = Database(tmp_path / "askwire.sqlite"), Services()
    store, history = Store(database), History(database, 10)
    logins = Logins(store)
    services.add(store)
    services.add(DatabaseLogins(logins.run))
    async with Api(services, history, logins) as made:
        yield made
    await history.close()
    await database.close()


def refused(answer: httpx.Response) -> tuple[int, int, str]:
    error = answer.json()["error"]
    return answer.status_code, error["code"], error["name"]


async def test_what_a_request_brings_stays_in_its_place_of_the_statement(api: Api) -> None:
    new = {"login": "a", "question": HOSTILE, "sql": "SELECT 1"}
    assert (await api.put("/queries/it's%20%60q%60", json=new)).json() == {"name": "it's `q`"}
    (role, login, sql), (_, _, who) = api.ran
    assert (role, login, who) == ("admin", "a", "SELECT CURRENT_USER(), DATABASE()")
    made = parse_create_query(sql)
    assert (made.name, made.question, made.sql, made.or_replace) == ("it's `q`", HOSTILE, "SELECT 1", True)
    (query,) = (await api.get("/queries", params={"database": "shop"})).json()["queries"]
    assert (query["name"], query["sql"], query["owner"]) == ("it's `q`", "SELECT 1", "app@%")


@pytest.mark.parametrize(
    ("judged", "judgement", "text"),
    [
        ({"judgement": "good", "text": HOSTILE}, Judgement.GOOD, ""),
        ({"judgement": "bad"}, Judgement.BAD, ""),
        ({"judgement": "bad", "text": "it's \\' wrong"}, Judgement.BAD, "it's \\' wrong"),
        ({"judgement": "bad", "text": "'" * 5000}, Judgement.BAD, "'" * WHY_CHARS),
        ({"judgement": "as", "text": " SELECT ';' "}, Judgement.CORRECTED, "SELECT ';'"),
    ],
)
async def test_feedback_is_of_the_entry_that_the_path_names(
    api: Api, judged: dict[str, str], judgement: Judgement, text: str
) -> None:
    answer = await api.post("/history/7/feedback", json={"login": "a", **judged})
    assert answer.json() == {"noted": True}
    ((_, _, sql),) = api.ran
    read = parse_feedback(sql)
    assert (read.entry, read.judgement, read.text) == (7, judgement, text)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/history/7/feedback", {"login": "a", "judgement": "as", "text": "  "}, 400),
        ("POST", "/history/7/feedback", {"login": "a", "judgement": "fine"}, 422),
        ("POST", "/history/0/feedback", {"login": "a", "judgement": "good"}, 422),
        ("POST", f"/history/{2**63}/feedback", {"login": "a", "judgement": "good"}, 422),
        ("POST", "/history/7/feedback", {"login": "", "judgement": "good"}, 422),
        ("POST", "/history/7/feedback", {"login": "a", "judgement": "good", "id": 8}, 422),
        ("PUT", "/queries/%20", {"login": "a", "question": "q", "sql": "SELECT 1"}, 400),
        ("PUT", "/queries/a%E2%80%AEb", {"login": "a", "question": "q", "sql": "SELECT 1"}, 400),
        ("PUT", f"/queries/{'q' * (NAME_CHARS + 1)}", {"login": "a", "question": "q", "sql": "SELECT 1"}, 422),
        ("PUT", "/queries/q", {"login": "a", "question": " \n", "sql": "SELECT 1"}, 422),
        ("PUT", "/queries/q", {"login": "a", "question": "q", "sql": " "}, 422),
        ("PUT", "/queries/q", {"login": "a", "question": "q"}, 422),
        ("PUT", "/terms/t", {"database": "", "definition": "d"}, 422),
        ("PUT", "/terms/t", {"database": "shop", "definition": "d" * (DEFINITION_CHARS + 1)}, 422),
        ("PUT", "/terms/t", {"database": "shop", "definition": "d", "owner": "root@%"}, 422),
        ("PUT", "/terms/t", {"database": "shop", "definition": "\u200b\u202e"}, 400),  # nothing that can be seen
        ("PUT", "/terms/%1b", {"database": "shop", "definition": "d"}, 400),
    ],
)
async def test_what_is_refused_runs_nowhere(
    api: Api, method: str, path: str, body: dict[str, Any], status: int
) -> None:
    answer = await api.request(method, path, json=body)
    assert refused(answer)[0] == status, answer.text
    if status == 400:
        assert refused(answer)[1:] == (57001, "SYNTAX")
    assert api.ran == []
    assert (await api.get("/databases")).json() == {"databases": []}


@pytest.mark.parametrize(
    "path",
    ["/history?limit=0", "/history?limit=1001", "/history?before=-1", f"/history?before={2**63}", "/slow?limit=x"],
)
async def test_pages_are_bounded(api: Api, path: str) -> None:
    assert (await api.get(path)).status_code == 422


async def test_what_a_term_says_is_text_that_can_be_seen(api: Api) -> None:
    new = {"database": "shop", "definition": "a \x1b[31m\n\n b\u202ec\r\n"}
    assert (await api.put("/terms/gross%20%20%20margin%2F2", json=new)).json() == {"name": "gross margin/2"}
    (term,) = (await api.get("/terms", params={"database": "shop"})).json()["terms"]
    assert (term["name"], term["definition"], term["owner"]) == ("gross margin/2", "a [31m\nb c", "operator")
    assert (await api.get("/terms", params={"database": "other"})).json() == {"terms": []}
    assert refused(await api.delete("/terms/gross%20margin%2F2", params={"database": "other"}))[:2] == (404, 57032)
    assert refused(await api.delete("/queries/gross%20margin%2F2", params={"database": "shop"}))[:2] == (404, 57032)
    assert (await api.delete("/terms/GROSS%20margin%2F2", params={"database": "shop"})).json() == {"deleted": True}


async def test_the_history_of_this_upstream_page_by_page(api: Api) -> None:
    for n, account in enumerate(("a@%", "b@%", "a@%")):
        api.history.add(Asked(SHOP.upstream, account, "shop", "sql", f"q{n}", "shown", float(n)))
    api.history.add(Asked("mysql://other:1", "a@%", "shop", "sql", "theirs", "shown", 9.0))
    await api.history.close()

    async def asked(path: str, **query: Any) -> list[tuple[int, str]]:
        return [(e["id"], e["question"]) for e in (await api.get(path, params=query)).json()["entries"]]

    assert await asked("/history") == [(3, "q2"), (2, "q1"), (1, "q0")]
    assert await asked("/history", before=3, limit=1) == [(2, "q1")]
    assert await asked("/history", account="a@%") == [(3, "q2"), (1, "q0")]
    assert await asked("/history", account="a@%' OR '1'='1") == []
    assert await asked("/slow", limit=2) == [(3, "q2"), (2, "q1")]


async def test_without_log_ins_or_knowledge(tmp_path: Path) -> None:
    database, services = Database(tmp_path / "askwire.sqlite"), Services()
    async with Api(services, History(None, 10), Logins(Store(database))) as alone:
        assert (await alone.get("/history")).json() == {"entries": []}
        assert (await alone.get("/terms", params={"database": "shop"})).status_code == 404
        good = await alone.post("/history/1/feedback", json={"login": "a", "judgement": "good"})
        assert refused(good) == (503, 57035, "KNOWLEDGE_UNAVAILABLE")
    await database.close()
