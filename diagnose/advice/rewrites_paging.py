"""Pages whose rows are looked up only after the right ones are known (a deferred join)."""

from sqlglot import exp

from diagnose.advice.exact import keeps_result
from diagnose.evidence.blocks import Block, Source, find_blocks
from diagnose.evidence.dependencies import total_order
from diagnose.evidence.evidence import Evidence
from diagnose.evidence.facts import Index, Table
from diagnose.evidence.scope import Scope, varies
from diagnose.sql import rewritten
from diagnose.types import Rewrite

PAGE = "askwire_page"


def late_lookup(evidence: Evidence, block: Block) -> Rewrite | None:
    """The page's primary keys from an index alone, then their rows; None where no index has what that needs."""
    source = block.sources[0] if len(block.sources) == 1 else None
    if source is None or source.table is None or block.node is not evidence.tree or source.table.view:
        return None
    scope, primary = Scope(evidence, block), source.table.primary
    if primary is None or not _simple(block) or not total_order(scope) or "" in scope.order():
        return None
    if (
        source.alias.casefold() == PAGE
        or not keeps_result(evidence, block, total=True)
        or not _helps(evidence, scope, source.table, primary)
    ):
        return None
    tree = evidence.tree.copy()
    (here,) = find_blocks(tree, evidence.schema)
    return rewritten(_deferred(here, source, source.table, primary, scope.order()))


def _simple(block: Block) -> bool:
    """Whether the block only selects, filters, sorts and cuts."""
    node = block.node
    parts = [*(node.args.get("expressions") or ()), *block.where]
    if block.sources[0].node.args.get("hints"):
        return False
    if any(node.args.get(part) for part in ("group", "having", "distinct", "with_", "windows", "operation_modifiers")):
        return False
    return not any(varies(part) or part.find(exp.Query, exp.AggFunc) for part in parts)


def _helps(evidence: Evidence, scope: Scope, table: Table, primary: Index) -> bool:
    """Whether a secondary index has the order and all that the condition looks at, and the select list more."""
    node = scope.block.node
    names = {scope.name(column) for part in scope.block.where for column in part.find_all(exp.Column)}
    needed = {name.rpartition(".")[2] for name in (*names, *scope.order())}
    keys = {name.casefold() for name in primary.columns}
    selected = {c.name.casefold() for item in node.args["expressions"] for c in item.find_all(exp.Column)}
    clustered = evidence.server.is_mysql_family
    for index in table.indexes:
        held = {name.casefold() for name in (*index.columns, *index.include)} | (keys if clustered else set())
        whole = not index.predicate and not any(index.prefixes) and index.kind == "btree"
        more = node.find(exp.Star) is not None or not selected <= held
        if whole and not index.primary and needed | keys <= held and more and index.columns[0].casefold() in needed:
            return True
    return False


def _deferred(here: Block, source: Source, table: Table, primary: Index, order: tuple[str, ...]) -> exp.Expr:
    node, alias = here.node, source.alias
    key_names = _free_names(table, len(primary.columns))
    keys = [exp.column(name, table=alias, quoted=True) for name in primary.columns]
    page = exp.Select(expressions=[exp.alias_(k.copy(), n, quoted=True) for k, n in zip(keys, key_names, strict=True)])
    page.set("from_", node.args["from_"].copy())
    sorting = node.args["order"]
    for part, name in zip(sorting.expressions, order, strict=True):
        column = table.column(name.rpartition(".")[2])
        assert column is not None
        part.set("this", exp.column(column.name, table=alias, quoted=True))
    for part in ("where", "limit", "offset"):
        if node.args.get(part) is not None:
            page.set(part, node.args[part].copy())
            node.set(part, None)
    page.set("order", sorting.copy())
    on = [
        exp.EQ(this=exp.column(n, table=PAGE, quoted=True), expression=k) for n, k in zip(key_names, keys, strict=True)
    ]
    for item in node.args["expressions"]:
        if isinstance(item, exp.Star):
            item.replace(exp.Column(this=exp.Star(), table=exp.to_identifier(alias, quoted=True)))
    derived = exp.Subquery(this=page, alias=exp.TableAlias(this=exp.to_identifier(PAGE)))
    node.set("joins", [exp.Join(this=derived, on=exp.and_(*on))])
    return node


def _free_names(table: Table, count: int) -> list[str]:
    """Names for the page's columns that the table has not, so that every other name still means the table's."""
    names = (f"page_key_{number}" for number in range(1, count + len(table.columns) + 1))
    free = [name for name in names if table.column(name) is None]
    return free[:count]
