"""The annotated settings file as tables: each setting, its default, what it takes, what it does."""

import re
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from conf.settings import Settings

SECTION = re.compile(r"^\[(.+)\]$")
KEY = re.compile(r"^(\w+) = (.*)$")
EXAMPLE = re.compile(r"^# (\[.+\]|\w+ = .+)$")  # in a comment: a table or a key as it could be written
SIGNS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
KINDS = {int: "whole number", float: "number", bool: "true, false", str: "text"}


SPECIAL = str.maketrans({sign: f"\\{sign}" for sign in "|*<"})
TABLE = ["", "| setting = default | takes | |", "|---|---|---|"]


def settings_list(toml: str) -> str:
    """Markdown of conf/askwire.toml: a heading and a table for each section, what it shows in comments as examples."""
    lines = ["## The gateway itself", *TABLE]
    section, comment, keys = "", list[str](), list[tuple[str, str]]()
    for line in [*toml.splitlines(), ""]:
        key, heading = KEY.match(line), SECTION.match(line)
        if keys and not key:
            lines += [*([] if lines[-1].startswith("|") else TABLE), *_row(section, keys, comment)]
            comment, keys = [], []
        if key:
            keys.append((key[1], key[2]))
        elif heading:
            section = heading[1]
            lines += ["", f"## {section}", *_shown(comment)]
            comment = []
        elif line.startswith("#"):
            comment.append(line)
        else:
            lines += _shown(comment) if any(EXAMPLE.match(each) for each in comment) else []
            comment = []
    return "\n".join(lines)


def _shown(comment: list[str]) -> list[str]:
    """A comment that belongs to no key: its text, then what it shows."""
    text, example = _parted(comment)
    return [*(["", text] if text else []), *example]


def _row(section: str, keys: list[tuple[str, str]], comment: list[str]) -> list[str]:
    names = "<br>".join(f"`{key}` = `{default}`" for key, default in keys)
    text, example = _parted(comment)
    return [f"| {names} | {'<br>'.join(_takes(section, key) for key, _ in keys)} | {text} |", *example]


def _parted(comment: list[str]) -> tuple[str, list[str]]:
    """The text of a comment, and what it shows, as code."""
    first = next((number for number, line in enumerate(comment) if EXAMPLE.match(line)), len(comment))
    text = " ".join(line.removeprefix("#").strip() for line in comment[:first]).translate(SPECIAL)
    shown = [line.removeprefix("# ") for line in comment[first:]]
    return text, ["", "```toml", *shown, "```"] if shown else []


def _takes(section: str, key: str) -> str:
    model: type[BaseModel] = Settings
    for name in section.split(".") if section else []:
        inner = model.model_fields[name].annotation
        assert isinstance(inner, type)
        assert issubclass(inner, BaseModel)
        model = inner
    return takes(model.model_fields[key])


def takes(field: FieldInfo) -> str:
    """What a setting takes, in words."""
    kind: Any = field.annotation
    if get_origin(kind) is Literal:
        return ", ".join(f"`{value}`" for value in get_args(kind))
    bounds = {
        sign: f"{value:,}"
        for bound in field.metadata
        for name, sign in SIGNS.items()
        if (value := getattr(bound, name, None)) is not None
    }
    words = KINDS.get(kind) or _composed(kind)
    if bounds.keys() == {"≥", "≤"}:
        return f"{words} {bounds['≥']} to {bounds['≤']}"
    return " ".join([words, *(f"{sign} {value}" for sign, value in bounds.items())])


def _composed(kind: Any) -> str:
    if get_origin(kind) is dict:
        return "table"
    if get_origin(kind) in (list, tuple):
        inner = get_args(kind)[0]
        return "list of tables" if isinstance(inner, type) and issubclass(inner, BaseModel) else "list of texts"
    return "text"
