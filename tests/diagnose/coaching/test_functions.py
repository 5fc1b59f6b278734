import pytest

from diagnose.coaching import functions
from plugins import Session
from tests.diagnose.coaching.failing import Shop, failed


@pytest.fixture(autouse=True)
def translated(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What other databases' statements are in MySQL's SQL."""
    known: dict[str, str] = {}

    async def in_mysql(_session: Session, sql: str) -> str:
        return known.get(sql, "")

    monkeypatch.setattr(functions, "in_mysql", in_mysql)
    return known


async def said(message: str, *stored: str) -> list[str]:
    shop = Shop({}, {"ROUTINES": [(name,) for name in stored]})
    return await functions.unknown_function(shop.session, failed("SELECT f(1)"), message)


@pytest.mark.parametrize(
    ("message", "hint"),
    [
        ("FUNCTION shop.CONCTA does not exist", ["Did you mean CONCAT() or CONCAT_WS()?"]),
        ("FUNCTION CONCTA does not exist", ["Did you mean CONCAT() or CONCAT_WS()?"]),
        ("PROCEDURE shop.net_prise does not exist", ["Did you mean net_price()?"]),
        ("function shop.net_prise does not exist", ["Did you mean net_price()?"]),
        ("FUNCTION shop.qqqqqq does not exist", []),
        ("something else", []),
        ("", []),
    ],
)
async def test_functions_of_a_like_name(message: str, hint: list[str]) -> None:
    assert await said(message, "net_price") == hint


async def test_another_databases_function_comes_before_a_like_name(translated: dict[str, str]) -> None:
    translated["SELECT f(1)"] = "SELECT G(1)"
    assert await said("FUNCTION shop.CONCTA does not exist") == ["Likely meant, in MySQL's SQL: SELECT G(1)"]
