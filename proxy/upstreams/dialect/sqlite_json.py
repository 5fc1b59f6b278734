"""MySQL's JSON functions that SQLite lacks, over JSON text."""

import json
from collections.abc import Callable
from typing import Any

_TYPES = {
    dict: "OBJECT",
    list: "ARRAY",
    str: "STRING",
    bool: "BOOLEAN",
    int: "INTEGER",
    float: "DOUBLE",
    type(None): "NULL",
}


def _length(text: Any) -> int:
    value = json.loads(str(text))
    return len(value) if isinstance(value, list | dict) else 1


def _contains(whole: Any, part: Any) -> bool:
    if isinstance(whole, list):
        if isinstance(part, list):
            return all(any(_contains(each, wanted) for each in whole) for wanted in part)
        return any(_contains(each, part) for each in whole)
    if isinstance(whole, dict) and isinstance(part, dict):
        return all(key in whole and _contains(whole[key], value) for key, value in part.items())
    return isinstance(whole, bool) is isinstance(part, bool) and bool(whole == part)


def _keys(text: Any) -> str | None:
    value = json.loads(str(text))
    return json.dumps(list(value), ensure_ascii=False) if isinstance(value, dict) else None


def _unquote(text: Any) -> str:
    """A JSON string's value; anything else as it is."""
    quoted = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    is_string = len(quoted) > 1 and quoted[0] == quoted[-1] == '"'
    return str(json.loads(quoted, strict=False)) if is_string else quoted


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "json_length": _length,
    "json_type": lambda text: _TYPES[type(json.loads(str(text)))],
    "json_contains": lambda whole, part: int(_contains(json.loads(str(whole)), json.loads(str(part)))),
    "json_keys": _keys,
    "json_unquote": _unquote,
}
