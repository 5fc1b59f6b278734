"""What the rules of one translation share."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from sqlglot import exp

from proxy.upstreams.dialect import duckdb, postgres, sqlite
from proxy.upstreams.dialect.convert import Converter
from proxy.upstreams.dialect.errors import Untranslatable
from proxy.upstreams.dialect.kinds import UNKNOWN, Kind
from proxy.upstreams.dialect.resolve import Resolver
from proxy.upstreams.dialect.schema import SchemaView
from proxy.upstreams.dialect.templates import fill

_DIGITS = re.compile("[0-9]{1,9}")
TARGETS: dict[str, ModuleType] = {"postgres": postgres, "duckdb": duckdb, "sqlite": sqlite}


@dataclass(frozen=True, slots=True)
class Context:
    """``facts``: what ``shape`` found."""

    target: str
    schema: SchemaView
    resolver: Resolver
    convert: Converter
    facts: dict[str, Any]

    @property
    def templates(self) -> dict[str, str]:
        found: dict[str, str] = TARGETS[self.target].TEMPLATES
        return found

    def fill(self, name: str, *arguments: exp.Expr, kind: Kind = UNKNOWN, size: int | None = None) -> exp.Expr:
        """The target's template of that name; ``size`` is the number that a type takes."""
        text = self.templates.get(name)
        if text is None:
            raise self.untranslatable(name)
        return fill(text if size is None else text % size, self.target, arguments, kind)

    def sql(self, text: str, *arguments: exp.Expr, kind: Kind = UNKNOWN) -> exp.Expr:
        """A template that is the same for every target."""
        return fill(text, self.target, arguments, kind)

    def whole(self, node: exp.Expr, construct: str) -> int:
        """The value of a literal of digits. Raises ``Untranslatable``, of ``construct``, where it is anything else."""
        text = node.name if isinstance(node, exp.Literal) else ""
        if not _DIGITS.fullmatch(text):
            raise self.untranslatable(construct)
        return int(text)

    def untranslatable(self, construct: str) -> Untranslatable:
        return Untranslatable(construct, self.target)


def case(pairs: Sequence[tuple[exp.Expr, exp.Expr]], default: exp.Expr | None, kind: Kind) -> exp.Expr:
    """CASE WHEN … THEN … ELSE … END."""
    ifs = [exp.If(this=condition, true=value) for condition, value in pairs]
    node = exp.Case(ifs=ifs, default=default)
    node.meta["kind"] = kind
    return node
