"""MySQL trees to the upstream's SQL."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from proxy.upstreams.dialect import aggregates, operators, queries
from proxy.upstreams.dialect.context import TARGETS, Context
from proxy.upstreams.dialect.convert import Converter
from proxy.upstreams.dialect.errors import Untranslatable
from proxy.upstreams.dialect.resolve import Resolver
from proxy.upstreams.dialect.schema import SchemaView
from proxy.upstreams.dialect.templates import enclosed

_RULES: dict[type[Any], Callable[[exp.Expr, Context], exp.Expr]] = {
    **operators.RULES,
    **aggregates.RULES,
    **queries.RULES,
}


@dataclass(frozen=True, slots=True)
class Translation:
    """``sql``: to be run in this order; the reply to the client is that of ``sql[reply]``.

    ``notes``: for SHOW WARNINGS.
    """

    sql: tuple[str, ...]
    reply: int = 0
    notes: tuple[str, ...] = ()


def translate(tree: exp.Expr, target: str, schema: SchemaView) -> Translation:
    """One of ``parse``'s trees (it is not changed) in the SQL of ``target``, sqlglot's name of a dialect.

    Raises ``Untranslatable``, and ``UpstreamError`` where MySQL itself refuses a value.
    """
    tree = tree.copy()
    if target not in TARGETS:
        return Translation((tree.sql(dialect=target, comments=False),))
    resolver = Resolver(schema, target)
    context = Context(target, schema, resolver, Converter(target), dict(tree.meta))
    try:
        return _statement(tree, context)
    except RecursionError:
        raise Untranslatable("a statement this deep", target) from None


def _statement(tree: exp.Expr, context: Context) -> Translation:
    if not isinstance(tree, exp.Query):
        raise context.untranslatable(str(context.facts.get("verb") or tree.key.upper()))
    return Translation((generate(query(tree, context), context.target),))


def query(tree: exp.Expr, context: Context) -> exp.Expr:
    """A SELECT or UNION, translated."""
    context.resolver.statement(tree)
    queries.expand_aliases(tree, context)
    tree = rewrite(tree, context)
    queries.name_columns(tree, str(context.facts.get("text", "")), context.facts.get("labels") or [])
    queries.quote_aliases(tree)
    return tree


def rewrite(tree: exp.Expr, context: Context) -> exp.Expr:
    """Apply the rules, from the leaves to the root."""
    operators.mark_binary(tree)
    for node in reversed(list(tree.walk())):
        rule = _RULES.get(type(node))
        if rule is None or not isinstance(node, exp.Expr):
            continue
        parent, key, index = node.parent, node.arg_key, node.index
        new = rule(node, context)
        if new is node:
            continue
        if parent is None or key is None:
            tree = new
        else:
            parent.set(key, enclosed(new, parent), index)
    return tree


def generate(tree: exp.Expr, target: str) -> str:
    """The SQL, without comments."""
    return tree.sql(dialect=target, comments=False)
