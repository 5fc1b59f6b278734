"""JSON and JSON lines: a list of flat records is a table; anything else headings and nested lists."""

import json
from collections.abc import Iterator
from typing import Any, BinaryIO

from knowledge.loading.draft import Draft, one_line
from knowledge.loading.encodings import decode
from knowledge.loading.formats.grid import add_grid
from knowledge.loading.types import LoadError

_SCALARS = (str, int, float, bool, type(None))


def read(file: BinaryIO, document: Draft) -> None:
    text = decode(file.read())
    try:
        value = _parse(text)
        if _is_flat(value):
            columns = list(dict.fromkeys(key for record in value for key in record))
            rows = [columns, *([_scalar(record.get(key, "")) for key in columns] for record in value)]
            add_grid(iter(rows), document, "", [document.limits.cells])
        else:
            _add(value, document)
    except RecursionError:
        raise LoadError("is nested too deeply") from None


def _parse(text: str) -> Any:
    try:
        # A number stays as it is written: a float would change it, a huge int takes long.
        return json.loads(text, parse_int=str, parse_float=str)
    except ValueError as error:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) < 2:
            raise LoadError(f"is no JSON: {one_line(str(error))}") from None
        try:
            return [json.loads(line, parse_int=str, parse_float=str) for line in lines]
        except ValueError:
            raise LoadError(f"is no JSON: {one_line(str(error))}") from None


def _is_flat(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) > 1
        and all(
            isinstance(record, dict) and all(isinstance(entry, _SCALARS) for entry in record.values())
            for record in value
        )
        and any(len(record) > 1 for record in value)
    )


def _add(value: Any, document: Draft) -> None:
    if isinstance(value, dict):
        for key, entry in value.items():
            document.add(f"## {one_line(key, 10_000)}")
            document.add("\n".join(_lines(entry, 0)))
    elif isinstance(value, list):
        for number, entry in enumerate(value, start=1):
            document.mark(f"item {number}")
            document.add("\n".join(_lines(entry, 0)))
    else:
        document.add(_scalar(value))


def _lines(value: Any, depth: int) -> Iterator[str]:
    indent = "  " * depth
    if isinstance(value, dict):
        for key, entry in value.items():
            yield from _entry(f"{indent}- {one_line(key, 10_000)}:", entry, depth)
    elif isinstance(value, list):
        for entry in value:
            yield from _entry(f"{indent}-", entry, depth)
    else:
        yield indent + _scalar(value)


def _entry(start: str, entry: Any, depth: int) -> Iterator[str]:
    if isinstance(entry, _SCALARS):
        yield f"{start} {_scalar(entry)}"
    else:
        yield start
        yield from _lines(entry, depth + 1)


def _scalar(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
