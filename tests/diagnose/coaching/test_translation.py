import pytest

from diagnose.coaching import translation
from plugins import AskwireError, ErrorCode, Session
from tests.support.answers import Answers

SESSION = Answers({}).session


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the server was asked to explain; it understands what names the word fine."""
    asked: list[str] = []

    async def understood(_session: Session, sql: str) -> bool:
        asked.append(sql)
        return "fine" in sql

    monkeypatch.setattr(translation, "understood", understood)
    return asked


@pytest.mark.parametrize(
    ("sql", "text"),
    [
        ("SELECT TOP 5 * FROM fine", "SELECT * FROM fine LIMIT 5"),
        ("SELECT fine::text FROM t", "SELECT CAST(fine AS CHAR) FROM t"),
        ("SELECT [fine] FROM t", "SELECT `fine` FROM t"),
        ("SELECT a FROM fine", ""),  # is MySQL's already
        ("SELECT  `a` FROM fine ;", ""),
        ("SELECT TOP 5 * FROM t", ""),  # nothing that the server understands
        ("SELECT TOP 5 * FROM fine; DROP TABLE fine", ""),
        ("SELECT ((((", ""),
        ("", ""),
    ],
)
async def test_the_first_text_that_the_server_understands(tried: list[str], sql: str, text: str) -> None:
    assert await translation.in_mysql(SESSION, sql) == text


async def test_what_is_tried_is_bounded(tried: list[str]) -> None:
    assert await translation.in_mysql(SESSION, f"SELECT TOP 5 * FROM fine{' ' * translation.MAX_CHARS}") == ""
    assert tried == []
    await translation.in_mysql(SESSION, "SELECT a::text, [b] || 'c', DATEADD(day, 1, d) FROM t LIMIT 5")
    assert len(tried) <= translation.MAX_TRIED


@pytest.mark.parametrize(("plan", "understood"), [(object(), True), (None, False), ("refused", False)])
async def test_what_has_a_plan_is_understood(monkeypatch: pytest.MonkeyPatch, plan: object, understood: bool) -> None:
    class Gathered:
        def __init__(self) -> None:
            self.plan = plan

    async def gather(_session: Session, _sql: str) -> Gathered:
        if plan == "refused":
            raise AskwireError(ErrorCode.CANNOT_DIAGNOSE, "it cannot be read")
        return Gathered()

    monkeypatch.setattr(translation, "gather", gather)
    assert await translation.understood(SESSION, "SELECT 1") == understood
