"""The section ``[mask]``: which columns are shown changed, to whom, and how."""

import fnmatch
from typing import Literal, Self

from pydantic import Field, model_validator

from conf.section import Section

Action = Literal["hide", "hash", "partial", "nullify", "noise"]
Compare = Literal["refuse", "equality", "allow"]


TYPES = """
tinyint smallint mediumint int bigint decimal float double bit date datetime timestamp time year char varchar binary
varbinary tinytext text mediumtext longtext tinyblob blob mediumblob longblob enum set json uuid inet4 inet6 vector
geometry point linestring polygon multipoint multilinestring multipolygon geometrycollection
""".split()


def _is_column(pattern: str) -> bool:
    parts = pattern.split(".")
    return len(parts) == 3 and all(parts)


class MaskRule(Section):
    """A column is meant that one of ``columns``, ``tags`` or ``types`` names; globs, without case."""

    name: str = ""
    columns: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ("*@*",)
    unless: tuple[str, ...] = ()
    action: Action = "hide"
    text: str = "***"
    first: int = Field(0, ge=0, le=1000)
    last: int = Field(0, ge=0, le=1000)
    spread: float = Field(0.1, gt=0, le=10)
    days: int = Field(30, ge=1, le=36500)
    compare: Compare = "refuse"

    @model_validator(mode="after")
    def _means_something(self) -> Self:
        if not (self.columns or self.tags or self.types):
            raise ValueError("a rule takes columns, tags or types")
        for pattern in self.columns:
            if not _is_column(pattern):
                raise ValueError(f"{pattern!r} is not database.table.column; * stands for any")
        for pattern in self.types:
            if not fnmatch.filter(TYPES, pattern.lower()):
                raise ValueError(f"types: {pattern!r} is no type of a column; {', '.join(TYPES[:5])}, … are")
        if not self.accounts:
            raise ValueError("accounts: a rule for nobody masks nothing")
        for account in (*self.accounts, *self.unless):
            if "@" not in account or account.endswith("@"):
                raise ValueError(f"{account!r} is not user@host; * stands for any")
        return self


class MaskSettings(Section):
    key_file: str = ""
    placeholders: Literal["elsewhere", "any url", "never"] = "elsewhere"
    tags: dict[str, tuple[str, ...]] = Field({})
    rules: tuple[MaskRule, ...] = ()

    @model_validator(mode="after")
    def _tags_are_columns(self) -> Self:
        for tag, patterns in self.tags.items():
            for pattern in patterns:
                if not _is_column(pattern):
                    raise ValueError(f"tags.{tag}: {pattern!r} is not database.table.column; * stands for any")
        return self
