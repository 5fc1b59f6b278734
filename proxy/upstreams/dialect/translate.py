"""MySQL trees to the upstream's SQL."""

import re
from dataclasses import dataclass
from decimal import Decimal

from sqlglot import exp
from sqlglot.errors import SqlglotError

from proxy.upstreams.dialect import changes, inserts, tables
from proxy.upstreams.dialect.context import TARGETS, Context
from proxy.upstreams.dialect.convert import Converter
from proxy.upstreams.dialect.errors import Untranslatable
from proxy.upstreams.dialect.queries import name_columns
from proxy.upstreams.dialect.resolve import Resolver
from proxy.upstreams.dialect.rewrite import rewrite
from proxy.upstreams.dialect.schema import SchemaView


@dataclass(frozen=True, slots=True)
class Translation:
    """``sql``: to be run in this order, none at all where nothing is to be done; the last one's result is the reply.

    ``notes``: for SHOW WARNINGS, what of the statement has no effect here.
    """

    sql: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def reply(self) -> int:
        """Which of ``sql`` has the result that is the client's."""
        return len(self.sql) - 1


def translate(tree: exp.Expr, target: str, schema: SchemaView) -> Translation:
    """One of ``parse``'s trees (it is not changed) in the SQL of ``target``, sqlglot's name of a dialect.

    Raises ``Untranslatable``, and ``UpstreamError`` where MySQL itself refuses a value.
    """
    tree = tree.copy()
    if target not in TARGETS:
        return Translation((generate(tree, target),))
    resolver = Resolver(schema, target)
    context = Context(target, schema, resolver, Converter(target), dict(tree.meta))
    try:
        return _statement(tree, context)
    except SqlglotError as error:
        raise Untranslatable(f"this statement ({error})"[:200], target) from None
    except RecursionError:
        raise Untranslatable("a statement this deep", target) from None


def _statement(tree: exp.Expr, context: Context) -> Translation:
    if isinstance(tree, exp.Query):
        return _plain([query(tree, context)], context)
    if isinstance(tree, exp.Insert):
        return _plain(inserts.insert(tree, context), context)
    if isinstance(tree, exp.Update):
        return _plain(changes.update(tree, context), context)
    if isinstance(tree, exp.Delete):
        return _plain(changes.delete(tree, context), context)
    if isinstance(tree, exp.Describe):
        return Translation((_explain(tree, context),))
    definition = tables.define(tree, context)
    if definition is None:
        raise context.untranslatable(_name(tree, context))
    return Translation(*definition)


def _plain(trees: list[exp.Expr], context: Context) -> Translation:
    return Translation(tuple(generate(each, context.target) for each in trees))


def _name(tree: exp.Expr, context: Context) -> str:
    """The first words of a statement, to tell the client what is meant."""
    if construct := context.facts.get("construct"):
        return str(construct)
    words = re.findall(r"\w+", str(context.facts.get("sql") or tree.key))
    return " ".join(words[:3])


def query(tree: exp.Query, context: Context) -> exp.Query:
    """A SELECT or UNION, translated."""
    context.resolver.statement(tree)
    _drop_endless_limits(tree, context.target)
    translated = rewrite(tree, context, exp.Query)
    name_columns(translated, context.facts.get("labels") or [])
    return translated


def _explain(tree: exp.Describe, context: Context) -> str:
    """EXPLAIN of a query: the target's own plan."""
    style = str(tree.args.get("style") or "").upper()
    if not isinstance(tree.this, exp.Query) or style not in ("", "ANALYZE", "EXTENDED"):
        raise context.untranslatable("EXPLAIN of this")
    sql = generate(query(tree.this, context), context.target)
    if context.target == "sqlite":
        return f"EXPLAIN QUERY PLAN {sql}"
    named = tree.args.get("format")
    is_json = named is not None and named.name.upper() == "JSON"
    options = [word for word, wanted in (("ANALYZE", style == "ANALYZE"), ("FORMAT JSON", is_json)) if wanted]
    return f"EXPLAIN ({', '.join(options)}) {sql}" if options else f"EXPLAIN {sql}"


def _drop_endless_limits(tree: exp.Expr, target: str) -> None:
    """MySQL has no OFFSET without LIMIT: the manual's 18446744073709551615 means none, and is too large elsewhere."""
    for limit in list(tree.find_all(exp.Limit)):
        count = limit.expression
        if (
            isinstance(count, exp.Literal)
            and not count.is_string
            and count.name.isdigit()
            and Decimal(count.name) >= 2**63
        ):
            if target == "sqlite":  # which has no OFFSET without LIMIT either
                limit.set("expression", exp.Literal.number(-1))
            else:
                limit.pop()


def generate(tree: exp.Expr, target: str) -> str:
    """The SQL, without comments."""
    return tree.sql(dialect=target, comments=False, copy=False)
