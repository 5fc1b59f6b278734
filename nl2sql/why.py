"""ASK WHY: what a statement does, step by step in words. Made from the tree alone: it says nothing untrue."""

from sqlglot import exp

from nl2sql.catalog import Catalog


def explain_steps(tree: exp.Query, catalog: Catalog) -> list[str]:
    """One sentence a step, in the order in which a reader understands them."""
    steps: list[str] = []
    with_ = tree.args.get("with_")
    for cte in with_.expressions if with_ is not None else ():
        steps += [f"Prepare {cte.alias}: {step[0].lower()}{step[1:]}" for step in _query(cte.this, catalog)]
    return steps + _query(tree, catalog)


def _query(tree: exp.Expr, catalog: Catalog) -> list[str]:
    tree = tree.unnest()
    if isinstance(tree, exp.SetOperation):
        verb = {"Union": "Put together", "Except": "Take away from the first", "Intersect": "Keep what is in both of"}
        kept = "" if tree.args.get("distinct") else ", keeping repetitions"
        both = [*_query(tree.left, catalog), *_query(tree.right, catalog)]
        return [*both, f"{verb[type(tree).__name__]} these results{kept}.", *_order_and_limit(tree)]
    if not isinstance(tree, exp.Select):
        return [f"Take {_sql(tree)}."]
    steps = _sources(tree, catalog)
    if (where := tree.args.get("where")) is not None:
        steps += [f"Keep only the rows where {_sql(part)}." for part in _conjuncts(where.this)]
    if (group := tree.args.get("group")) is not None:
        steps.append(f"Put rows with the same {_list(group.expressions)} into one group.")
    if (having := tree.args.get("having")) is not None:
        steps.append(f"Keep only the groups where {_sql(having.this)}.")
    unique = " without repetitions" if tree.args.get("distinct") else ""
    steps.append(f"Return{unique} {', '.join(_output(o) for o in tree.selects)}.")
    return steps + _order_and_limit(tree)


def _sources(tree: exp.Select, catalog: Catalog) -> list[str]:
    from_ = tree.args.get("from_")
    if from_ is None:
        return []
    steps = [f"Read {_source(from_.this, catalog)}."]
    for join in tree.args.get("joins") or ():
        on, using = join.args.get("on"), join.args.get("using")
        rule = f" where {_sql(on)}" if on is not None else f" on the same {_list(using)}" if using else ""
        kept = ", keeping rows without a match" if join.side else ""
        steps.append(f"Join {_source(join.this, catalog)}{rule}{kept}.")
    return steps


def _source(node: exp.Expr, catalog: Catalog) -> str:
    if isinstance(node, exp.Subquery):
        inner = " ".join(_query(node.this, catalog))
        return f"{node.alias or 'a result'} (itself: {inner})"
    table = catalog.table(node.name)
    name = node.name if not node.alias or node.alias == node.name else f"{node.name} (called {node.alias})"
    return f"{name}, {table.comment}" if table is not None and table.comment else name


def _order_and_limit(tree: exp.Query) -> list[str]:
    steps = []
    if (order := tree.args.get("order")) is not None:
        keys = [f"{_sql(o.this)}{' from the highest' if o.args.get('desc') else ''}" for o in order.expressions]
        steps.append(f"Sort by {', '.join(keys)}.")
    if (limit := tree.args.get("limit")) is not None:
        steps.append(f"Return at most {_sql(limit.expression or limit)} rows.")
    return steps


def _conjuncts(condition: exp.Expr) -> list[exp.Expr]:
    return list(condition.flatten()) if isinstance(condition, exp.And) else [condition]


def _output(node: exp.Expr) -> str:
    if node.is_star:
        return "all columns"
    return f"{_sql(node.this)} as {node.alias}" if isinstance(node, exp.Alias) else _sql(node)


def _list(nodes: list[exp.Expr]) -> str:
    return ", ".join(_sql(node) for node in nodes)


def _sql(node: exp.Expr) -> str:
    text: str = node.sql(dialect="mysql", comments=False)
    return text
