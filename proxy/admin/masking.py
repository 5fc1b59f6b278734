"""The settings as others may see them: whatever may be a secret is masked, by type and by name."""

import re
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, SecretStr

MASK = "***"
_SECRET = re.compile(r"key|token$|secret|passw|pwd|credential|auth|account|private|salt|hash|cookie|header", re.I)
_FLAG = re.compile(r"--?[\w-]*(?:key|token|secret|passw|auth|header)[\w-]*", re.I)


def masked(settings: BaseModel) -> dict[str, Any]:
    """As JSON holds it."""
    shown = _masked("", settings.model_dump(mode="json"))
    assert isinstance(shown, dict)
    return shown


def _masked(name: str, value: Any) -> Any:
    if isinstance(value, SecretStr):
        return MASK
    if isinstance(value, dict):
        hides = bool(_SECRET.search(name))
        return {key: MASK if hides else _masked(str(key), inner) for key, inner in value.items()}
    if _SECRET.search(name) and isinstance(value, str | list):
        return MASK if value else value
    if isinstance(value, list):
        return _arguments(value)
    return _without_login(value) if isinstance(value, str) else value


def _arguments(values: list[Any]) -> list[Any]:
    """A command line's: what comes after ``--api-key``, or with it after a ``=``."""
    shown: list[Any] = []
    hide = False
    for value in values:
        text = value if isinstance(value, str) else ""
        flag, equals, _ = text.partition("=")
        if hide and not text.startswith("-"):
            shown.append(MASK)
        elif equals and _FLAG.fullmatch(flag):
            shown.append(f"{flag}={MASK}")
        else:
            shown.append(_without_login(value) if text else value)
        hide = bool(_FLAG.fullmatch(text)) or (hide and not text.startswith("-"))
    return shown


def _without_login(text: str) -> str:
    """A URL without user, password and query."""
    if "://" not in text:
        return text
    try:
        parts = urlsplit(text)
    except ValueError:
        return MASK
    if "@" not in parts.netloc and not parts.query and not parts.fragment:
        return text  # as it was written: urllib loses slashes of duckdb:////path
    host = parts.netloc.rpartition("@")[2]
    user = f"{MASK}@" if "@" in parts.netloc else ""
    return parts._replace(netloc=user + host, query=MASK if parts.query else "", fragment="").geturl()
