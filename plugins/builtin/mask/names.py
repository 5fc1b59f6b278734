"""How well it is known what a server calls a column, and what it means by a name."""

import re
from enum import Enum, auto

from sqlglot import exp

from plugins.builtin.mask.lexing import refused
from plugins.builtin.mask.rules import folded


class Naming(Enum):
    """How well the server's name of a column is known."""

    SURE = auto()
    TEXT = auto()  # an expression without an alias: its own text, which is no plain word
    ANY = auto()  # an alias that the server trims, or one that is not kept in the text that is read


WORD = re.compile(r"[\w$]+")
_ALIAS = re.compile(r"[^\W][\w$ .:-]{0,62}(?<! )|[$]")
_STRING = "s"  # what is left of a string, see ``lexing.STRING``


def naming_of(alias: str) -> Naming:
    """Of a name that the statement gives."""
    return Naming.SURE if _ALIAS.fullmatch(alias) and alias != _STRING else Naming.ANY


def naming(item: exp.Expr) -> Naming:
    """How well it is known what the server calls a column of a SELECT."""
    if isinstance(item, (exp.Alias, exp.Column)):
        return naming_of(item.alias_or_name)
    return Naming.ANY if isinstance(item, exp.Paren) else Naming.TEXT


def no_forward(with_: exp.With) -> None:
    """After RECURSIVE a name may mean what comes later, and not the table of that name."""
    unknown = {folded(cte.alias) for cte in with_.expressions}
    for cte in with_.expressions:
        if isinstance(cte.this, exp.SetOperation):
            unknown.discard(folded(cte.alias))
        if any(not table.db and folded(table.name) in unknown for table in cte.this.find_all(exp.Table)):
            raise refused("Columns are masked for this account, and a recursion that names what comes later is unclear")
        unknown.discard(folded(cte.alias))
