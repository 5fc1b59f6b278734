"""In which language the admin endpoint speaks: the browser's where there are words for it, else the settings'."""

from typing import Annotated

from fastapi import Depends, Request
from starlette.types import Scope

from plugins.words import ENGLISH, LANGUAGES

_STATE = "language"


def preferred(header: str, default: str) -> str:
    """Of an Accept-Language header (RFC 9110, 12.5.4) the first language that there are words for."""
    wanted: list[tuple[float, str]] = []
    for part in header.split(","):
        name, _, weight = part.partition(";")
        code = name.strip().partition("-")[0].lower()
        if code in LANGUAGES and (quality := _quality(weight)) > 0:
            wanted.append((quality, code))
    return max(wanted, key=lambda each: each[0], default=(0.0, default))[1]


def _quality(weight: str) -> float:
    name, _, value = weight.partition("=")
    try:
        return float(value) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0


def language_of_scope(scope: Scope) -> str:
    """What the guard has found for this request."""
    return str(scope.get("state", {}).get(_STATE, ENGLISH))


def _language(request: Request) -> str:
    return language_of_scope(request.scope)


LanguageOfCaller = Annotated[str, Depends(_language)]
