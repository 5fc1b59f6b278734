"""The one place where errors become answers: ``{"error": {"code", "name", "message"}}`` with a fitting status."""

from http import HTTPStatus

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from plugins import AskwireError, ErrorCode, UpstreamError
from plugins.words import ENGLISH, translated, translated_error
from proxy.admin.language import language_of_scope

log = structlog.get_logger("askwire.admin")

_STATUS: dict[int, tuple[ErrorCode, ...]] = {
    400: (ErrorCode.SYNTAX, ErrorCode.UNKNOWN_OPTION, ErrorCode.BAD_OPTION_VALUE, ErrorCode.BAD_PARAMETER),
    403: (ErrorCode.NOT_YOURS,),
    404: (ErrorCode.NOT_KNOWN, ErrorCode.UNKNOWN_MODEL),
    409: (ErrorCode.NAME_TAKEN, ErrorCode.TOO_MANY, ErrorCode.NOTHING_ASKED, ErrorCode.NOTHING_TO_CONFIRM,
          ErrorCode.CHANGED_MEANWHILE, ErrorCode.NO_DATABASE, ErrorCode.NO_TABLES),
    413: (ErrorCode.QUESTION_TOO_LONG,),
    500: (ErrorCode.INTERNAL, ErrorCode.PLUGIN_FAILED),
    503: (ErrorCode.NO_MODEL, ErrorCode.MODEL_UNAVAILABLE, ErrorCode.MODEL_BUSY, ErrorCode.KNOWLEDGE_UNAVAILABLE),
    504: (ErrorCode.DEADLINE,),
}  # fmt: skip
STATUS_OF = {code: status for status, codes in _STATUS.items() for code in codes}
_OURS = {code.number: code for code in ErrorCode}
UNDERSTOOD_BUT_NO = 422  # every other code: what was asked for cannot be done
# MySQL's numbers that say something to HTTP (https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html).
_UPSTREAM = {
    **dict.fromkeys((1044, 1045, 1095, 1142, 1227, 1251, 1698), 403),
    **dict.fromkeys((1049, 1094, 1300), 404),
    1226: 429,
    **dict.fromkeys((1429, 2003, 2006, 2013), 502),
    **dict.fromkeys((1040, 1203), 503),
}


class Detail(BaseModel):
    code: int
    name: str
    message: str


class ErrorAnswer(BaseModel):
    """``code``: askwire's own (57000 and up), the database's (1000 and up), or the HTTP status."""

    error: Detail


def described(error: BaseException, language: str = ENGLISH) -> tuple[int, Detail]:
    """(status, what to say) of any error; a fault of askwire says no more than that there was one.

    What pydantic says of a body is English.
    """
    if isinstance(error, AskwireError):
        status = STATUS_OF.get(error.code, UNDERSTOOD_BUT_NO)
        return status, Detail(code=error.code.number, name=error.code.name, message=translated_error(error, language))
    if isinstance(error, UpstreamError) and error.number in _OURS:  # it came over a database log-in
        code = _OURS[error.number]
        status = STATUS_OF.get(code, UNDERSTOOD_BUT_NO)
        return status, Detail(code=code.number, name=code.name, message=error.message)
    if isinstance(error, UpstreamError):
        return _UPSTREAM.get(error.number, 422), Detail(code=error.number, name="DATABASE", message=error.message)
    if isinstance(error, HTTPException):
        return error.status_code, _plain(error.status_code, translated(str(error.detail), language))
    if isinstance(error, RequestValidationError):
        return 422, _plain(422, "; ".join(_fault(tuple(e["loc"]), str(e["msg"])) for e in error.errors()[:10]))
    fault = translated("A fault of askwire; its log says more", language)
    return 500, Detail(code=ErrorCode.INTERNAL.number, name="INTERNAL", message=fault)


def answer(error: BaseException, language: str = ENGLISH) -> JSONResponse:
    """The answer to a request that failed with ``error``."""
    status, detail = described(error, language)
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    return JSONResponse(ErrorAnswer(error=detail).model_dump(), status, headers)


def install(app: FastAPI) -> None:
    """Have ``app`` answer with these."""

    async def handle(request: Request, error: Exception) -> JSONResponse:
        return answer(error, language_of_scope(request.scope))

    for kind in (AskwireError, UpstreamError, HTTPException, RequestValidationError, Exception):
        app.add_exception_handler(kind, handle)


def _plain(status: int, message: str) -> Detail:
    return Detail(code=status, name=HTTPStatus(status).name, message=message)


def _fault(place: tuple[int | str, ...], message: str) -> str:
    """Without the value: it may be a password."""
    where = ".".join(str(part) for part in place)
    return f"{where}: {message}" if where else message
