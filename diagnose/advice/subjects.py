"""What rewrites of a condition start from and make."""

from dataclasses import dataclass

from sqlglot import exp

from diagnose.evidence.facts import Column, Server


@dataclass(frozen=True, slots=True)
class Bare:
    """``condition`` names the column alone. ``needs`` as in ``diagnose.types.Rewrite``."""

    condition: exp.Expr
    needs: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """The column that a comparison is about. ``null_filled``: an outer join may put NULL in its place."""

    node: exp.Column
    column: Column
    server: Server
    null_filled: bool = False
