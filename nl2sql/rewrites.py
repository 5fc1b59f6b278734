"""Mends what runs but cannot be meant, or what a database refuses for a reason that has one remedy.

Names are resolved before; what is rewritten is noted, so that the asker sees it.
"""

from sqlglot import exp

from nl2sql.catalog import Link
from nl2sql.grouping import aggregates_in_where, group_plain, no_sums_of_text
from nl2sql.kinds import Kinds, own
from nl2sql.moments import subtractions, whole_days, years
from nl2sql.sources import Names, flat
from nl2sql.words import related, stem, words


def rewrite(tree: exp.Query, names: Names) -> None:
    """Change ``tree`` in place."""
    for select in list(tree.find_all(exp.Select)):
        types = Kinds(select, names)
        subtractions(select, types, names)
        whole_days(select, types, names)
        years(select, types, names)
        _missing_keys(select, names)
        _not_in_null(select, names)
        _alternatives(select, names)
        no_sums_of_text(select, types)
        aggregates_in_where(select, names)
        group_plain(select, names)


def _missing_keys(select: exp.Select, names: Names) -> None:
    """Two tables joined by their own keys (``a.id = b.id``), where a foreign key says how they belong together.

    Keys of one name other than ``id`` (``person_id``) and keys of several columns are shared; so may be ``id`` itself
    where the foreign key is not called by the other table (``referred_by``).
    """
    tables = {source.alias_or_name: names.catalog.table(source.name) for source in own(select, exp.Table)}
    for join in select.args.get("joins") or ():
        condition = join.args.get("on")
        if not isinstance(condition, exp.EQ) or not all(isinstance(s, exp.Column) for s in condition.unnest_operands()):
            continue
        sides = [side for side in condition.unnest_operands() if isinstance(side, exp.Column)]
        one, other = (tables.get(side.table) for side in sides)
        if one is None or other is None or one is other:
            continue
        keys = [table.column(side.name) for table, side in zip((one, other), sides, strict=True)]
        links = [k for k in names.catalog.links if {k.table, k.to_table} == {one.name, other.name}]
        if not all(k is not None and k.primary for k in keys) or len(links) != 1:
            continue
        if any(sum(c.primary for c in table.columns) > 1 for table in (one, other)):
            continue
        if flat(sides[0].name) == flat(sides[1].name) != "id" or not _is_called_by(links[0]):
            continue
        key_of = {links[0].table: links[0].column, links[0].to_table: links[0].to_column}
        was = condition.sql("mysql")
        for table, side in zip((one, other), sides, strict=True):
            side.set("this", exp.to_identifier(key_of[table.name]))
        if condition.sql("mysql") != was:
            names.note(f"read {was} as {condition.sql('mysql')}")


def _is_called_by(link: Link) -> bool:
    named = [stem(word) for word in words(link.to_table)]
    return any(related(stem(word), name) for word in words(link.column) for name in named)


def _not_in_null(select: exp.Select, names: Names) -> None:
    """``x NOT IN (… NULL …)`` is never true, which nobody means."""
    for node in own(select, exp.In):
        query = node.args.get("query")
        inner = query.unnest() if query is not None else None
        if not isinstance(node.parent, exp.Not) or not isinstance(inner, exp.Select) or len(inner.selects) != 1:
            continue
        output = inner.selects[0].unalias()
        column = Kinds(inner, names).column(output)
        if column is not None and column.primary:
            continue
        if isinstance(output, exp.Column) and not inner.args.get("group") and not inner.args.get("limit"):
            inner.where(exp.Not(this=exp.Is(this=output.copy(), expression=exp.null())), copy=False)
            names.note(f"left out where {output.sql('mysql')} is NULL")


def _alternatives(select: exp.Select, names: Names) -> None:
    """``a = 1 OR a = 2 AND b = 3`` without parentheses: values of one column, which SQL reads as no one does."""
    for node in list(own(select, exp.Or)):
        left, right = node.this, node.expression
        if not isinstance(right, exp.And):
            continue
        parts = list(right.flatten(unnest=False))
        first, rest = parts[0], parts[1:]
        same = _values_of(left) | _values_of(first)
        said = same.pop()
        if same or said is None or any(_about(part) == said[0] for part in rest):
            continue
        was = node.sql("mysql")
        new = exp.and_(exp.paren(exp.or_(left.copy(), first.copy())), *(part.copy() for part in rest))
        node.replace(exp.paren(new) if isinstance(node.parent, exp.And) else new)
        names.note(f"read {was} with the alternatives in parentheses")


def _values_of(condition: exp.Expr) -> set[tuple[str, type[exp.Expr]] | None]:
    """(column, operator) of the alternatives; None for one that does not give a column a value."""
    alternatives = condition.flatten() if isinstance(condition, exp.Or) else [condition]
    return {(a.this.sql("mysql").casefold(), type(a)) if _gives_value(a) else None for a in alternatives}


def _gives_value(node: exp.Expr) -> bool:
    return (
        isinstance(node, (exp.EQ, exp.Like))
        and isinstance(node.this, exp.Column)
        and isinstance(node.expression, exp.Literal)
    )


def _about(condition: exp.Expr) -> str | None:
    """The one column that all of the condition is about."""
    found = {column.sql("mysql").casefold() for column in condition.find_all(exp.Column)}
    return found.pop() if len(found) == 1 else None
