"""What hooks return. Anything else is the plugin's fault, and found where it is called, not where it is used."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from itertools import islice

from pydantic import BaseModel

from plugins.asking import Context
from plugins.loading import FileLoader, UrlLoader
from plugins.types import Note, Statement, StatusItem

# Of one call: a list without an end would take all memory.
MOST = 10_000

Check = Callable[[object], bool]


def _is(*kinds: type) -> Check:
    return lambda value: isinstance(value, kinds)


def _has(*names: str) -> Check:
    """For what is heavy to import, or a protocol."""
    return lambda value: all(hasattr(value, name) for name in names)


_ITEMS: dict[str, Check] = {
    "askwire_statements": _is(Statement),
    "askwire_prompt_context": _is(Context),
    "askwire_notes": _is(Note),
    "askwire_failed_statement": _is(Note),
    "askwire_status": _is(StatusItem),
    "askwire_loaders": _is(FileLoader, UrlLoader),
    "askwire_metrics": _has("collect"),
    "askwire_http": _has("routes"),
    "askwire_statements_seen": _is(int),
}
_WHOLE: dict[str, Check] = {
    "askwire_settings": lambda value: isinstance(value, type) and issubclass(value, BaseModel),
    "askwire_lifespan": _is(AbstractAsyncContextManager),
    "askwire_vector_stores": _is(Mapping),
    "askwire_commands": _has("registered_commands", "info"),
    "askwire_guard": _is(str),
}


def returned(hook: str, value: object) -> object:
    """``value``, lists as tuples; a generator runs here, where it is watched. Raises ``TypeError``, ``ValueError``."""
    if value is None:
        return None
    if hook not in _ITEMS:
        return _checked(hook, value, _WHOLE.get(hook, lambda _value: True))
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        raise TypeError(f"returned {_named(value)}, not a list")
    items = tuple(islice(value, MOST + 1))
    if len(items) > MOST:
        raise ValueError(f"returned more than {MOST} items")
    return tuple(_checked(hook, item, _ITEMS[hook]) for item in items)


def _checked(hook: str, value: object, check: Check) -> object:
    if not check(value):
        raise TypeError(f"returned {_named(value)}, which is not what plugins.hooks says of {hook}")
    return value


def _named(value: object) -> str:
    return f"something of the type {type(value).__name__}"
