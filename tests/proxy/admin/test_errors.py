import json

import pytest
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from plugins import AskwireError, ErrorCode, UpstreamError
from proxy.admin.errors import STATUS_OF, answer, described


@pytest.mark.parametrize(
    ("error", "status", "code", "name"),
    [
        (AskwireError(ErrorCode.NOT_YOURS, "no"), 403, ErrorCode.NOT_YOURS.number, "NOT_YOURS"),
        (AskwireError(ErrorCode.NOT_KNOWN, "no"), 404, ErrorCode.NOT_KNOWN.number, "NOT_KNOWN"),
        (AskwireError(ErrorCode.MODEL_BUSY, "no"), 503, ErrorCode.MODEL_BUSY.number, "MODEL_BUSY"),
        (AskwireError(ErrorCode.MASKED, "no"), 422, ErrorCode.MASKED.number, "MASKED"),
        (UpstreamError(ErrorCode.NOT_YOURS.number, "45000", "no"), 403, ErrorCode.NOT_YOURS.number, "NOT_YOURS"),
        (UpstreamError(1045, "28000", "no"), 403, 1045, "DATABASE"),
        (UpstreamError(1049, "42000", "no"), 404, 1049, "DATABASE"),
        (UpstreamError(1226, "42000", "no"), 429, 1226, "DATABASE"),
        (UpstreamError(2013, "HY000", "no"), 502, 2013, "DATABASE"),
        (UpstreamError(1040, "08004", "no"), 503, 1040, "DATABASE"),
        (UpstreamError(1146, "42S02", "no"), 422, 1146, "DATABASE"),
        (HTTPException(405, "no"), 405, 405, "METHOD_NOT_ALLOWED"),
    ],
)
def test_what_is_said(error: Exception, status: int, code: int, name: str) -> None:
    found, detail = described(error)
    assert (found, detail.code, detail.name) == (status, code, name)
    assert detail.message.startswith("no")


@pytest.mark.parametrize("error", [ValueError("very secret"), KeyError("very secret"), OSError(2, "very secret")])
def test_a_fault_says_no_more_than_that(error: Exception) -> None:
    status, detail = described(error)
    assert (status, detail.name) == (500, "INTERNAL")
    assert "secret" not in detail.message


def test_a_body_that_does_not_fit_is_told_without_its_values() -> None:
    faults = [
        {"loc": ("body", "password", n), "msg": "is too short", "input": "very secret", "type": "x"} for n in range(20)
    ]
    status, detail = described(RequestValidationError(faults))
    assert status == 422
    assert detail.message.split("; ")[0] == "body.password.0: is too short"
    assert detail.message.count(";") == 9
    assert "secret" not in detail.message


def test_the_answer_keeps_headers() -> None:
    made = answer(HTTPException(401, "no", {"www-authenticate": "Bearer"}))
    assert (made.status_code, made.headers["www-authenticate"]) == (401, "Bearer")
    assert json.loads(made.body) == {"error": {"code": 401, "name": "UNAUTHORIZED", "message": "no"}}


def test_the_gateway_s_own_words_are_in_the_caller_s_language() -> None:
    assert described(HTTPException(401, "The token is wrong"), "zh")[1].message == "令牌不正确"
    assert described(ValueError("x"), "ja")[1].message.startswith("askwire の不具合である")
    error = AskwireError(ErrorCode.NO_DATABASE, "No database is selected")
    assert described(error, "zh")[1].message == "没有选择数据库。请先选择数据库：USE <数据库>。"
    database = UpstreamError(1146, "42S02", "Table 'shop.x' doesn't exist")
    assert described(database, "zh")[1].message == "Table 'shop.x' doesn't exist"


def test_a_code_has_one_status() -> None:
    assert set(STATUS_OF.values()) == {400, 403, 404, 409, 413, 500, 503, 504}
    assert STATUS_OF[ErrorCode.SYNTAX] == 400
