"""What a statement asks of the session (``@@x``, ``@x``, ``DATABASE()`` …) as literals."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from sqlglot import exp

from proxy.upstreams.metadata import errors
from proxy.upstreams.metadata.names import output_texts
from proxy.upstreams.metadata.rows import MetadataRows, type_of_value
from proxy.upstreams.metadata.session import SessionView
from proxy.upstreams.metadata.system_variables import ALIASES
from proxy.upstreams.metadata.variables import UserValue

_HINT = re.compile(
    r"@|\b(?:(?:DATABASE|SCHEMA|USER|VERSION|CONNECTION_ID|ROW_COUNT|FOUND_ROWS|SYSTEM_USER|SESSION_USER"
    r"|CURRENT_ROLE|LAST_INSERT_ID|ICU_VERSION)\s*\(|CURRENT_USER\b)",
    re.IGNORECASE,
)
_MOST_DIGITS = 65  # of a DECIMAL
_FUNCTIONS: dict[str, Callable[[SessionView], UserValue]] = {
    "USER": lambda view: f"{view.user}@{view.host}",
    "SYSTEM_USER": lambda view: f"{view.user}@{view.host}",
    "CONNECTION_ID": lambda view: view.connection_id,
    "LAST_INSERT_ID": lambda view: view.last_insert_id,
    "ROW_COUNT": lambda view: view.row_count,
    "FOUND_ROWS": lambda view: view.found_rows,
    "ICU_VERSION": lambda view: "73.1",
}
_NODES: dict[type[exp.Expr], Callable[[SessionView], UserValue]] = {
    exp.CurrentSchema: lambda view: view.database,
    exp.CurrentUser: lambda view: view.account,
    exp.SessionUser: _FUNCTIONS["USER"],
    exp.CurrentVersion: lambda view: view.variables.get("version"),
    exp.CurrentRole: lambda view: "NONE",
}
_LITERALS = (exp.Literal, exp.Null, exp.HexString, exp.Boolean)


@dataclass(frozen=True, slots=True)
class Substituted:
    """``assigned``: outputs whose value in the last row becomes a user variable's: (position, name in lower case)."""

    tree: exp.Expr
    changed: bool = False
    assigned: tuple[tuple[int, str], ...] = ()


def may_ask_session(sql: str) -> bool:
    """A quick look: ``False`` means that ``substitute`` would change nothing."""
    return _HINT.search(sql) is not None


def system_value(view: SessionView, name: str, scope: str = "") -> UserValue:
    """``@@name`` of this session. Raises 1193, 1238."""
    folded = ALIASES.get(name.lower(), name.lower())
    if scope.lower() != "global":
        match folded:
            case "last_insert_id" | "insert_id":
                return view.last_insert_id if folded == "last_insert_id" else 0
            case "pseudo_thread_id":
                return view.connection_id
            case "timestamp":
                return view.variables.get(folded) or round(time.time(), 6)
            case "warning_count":
                return len(view.warnings)
            case "error_count":
                return sum(warning.level == "Error" for warning in view.warnings)
    return view.variables.get(name, scope)


def literal(value: UserValue) -> exp.Expr:
    """A value as SQL."""
    if value is None:
        return exp.Null()
    if isinstance(value, int | float | Decimal):
        # An exponent makes a DOUBLE of it, in MySQL as elsewhere.
        number = exp.Literal.number(f"{abs(value)!r}e0" if isinstance(value, float) else str(abs(value)))
        return exp.Paren(this=exp.Neg(this=number)) if value < 0 else number
    if isinstance(value, bytes):
        return exp.HexString(this=value.hex())
    return exp.Literal.string(value)


def value_of(node: exp.Expr) -> tuple[bool, UserValue]:
    """Whether the expression is a literal, and its value."""
    if isinstance(node, exp.Paren):
        return value_of(node.this)
    if isinstance(node, exp.Neg):
        found, value = value_of(node.this)
        number = found and isinstance(value, int | float | Decimal)
        return (True, -value) if number else (False, None)  # type: ignore[operator]
    match node:
        case exp.Null():
            return True, None
        case exp.Boolean():
            return True, int(bool(node.this))
        case exp.HexString():
            return True, bytes.fromhex(node.this)
        case exp.Literal(is_string=True):
            return True, str(node.this)
        case exp.Literal():
            return True, _number(str(node.this))
    return False, None


def _number(text: str) -> UserValue:
    if text.isdigit() and len(text) <= _MOST_DIGITS:
        return int(text)
    return float(text) if "e" in text.lower() else Decimal(text)


def substitute(sql: str, tree: exp.Expr, view: SessionView) -> Substituted:
    """Replace in a copy of the tree what asks the session; ``sql`` is the text that the tree was made of.

    Output columns keep the names that MySQL gives them. A literal that is assigned (``@x := 1``) is assigned here.
    Raises 1193, 1238, and 1235 for an assignment that only a MySQL server could make.
    """
    if not may_ask_session(sql):
        return Substituted(tree)
    work = _Work(sql, tree.copy(), view)
    work.run()
    return Substituted(work.tree, work.changed, tuple(work.assigned))


class _Work:
    def __init__(self, sql: str, tree: exp.Expr, view: SessionView) -> None:
        self.sql = sql
        self.tree = tree
        self.view = view
        self.changed = False
        self.assigned: list[tuple[int, str]] = []
        self._texts: list[str] | None = None

    def run(self) -> None:
        into = self.tree.args.get("into") if isinstance(self.tree, exp.Select) else None
        if into is not None:
            raise errors.not_supported("SELECT ... INTO @variable")
        self._within(self.tree)

    def _within(self, node: exp.Expr) -> None:
        """In the order of the text, so that ``SELECT @a := 1, @a`` works."""
        if isinstance(node, exp.PropertyEQ) and isinstance(node.this, exp.Parameter):
            self._within(node.expression)
            self._assign(node)
            return
        for child in list(node.iter_expressions()):
            self._within(child)
        found, value = self._ask(node)
        if found:
            self._replace(node, literal(value))

    def _ask(self, node: exp.Expr) -> tuple[bool, UserValue]:
        if isinstance(node, exp.SessionParameter):
            return True, system_value(self.view, node.this.name, str(node.args.get("kind") or ""))
        if isinstance(node, exp.Parameter):
            return True, self.view.variables.user.get(node.name.lower())
        if isinstance(node, exp.Anonymous) and not node.expressions:
            function = _FUNCTIONS.get(str(node.this).upper())
        elif isinstance(node, exp.CurrentSchema) and node.args.get("this") is not None:
            function = None
        else:
            function = _NODES.get(type(node))
        return (True, function(self.view)) if function else (False, None)

    def _assign(self, node: exp.PropertyEQ) -> None:
        name = node.this.name.lower()
        found, value = value_of(node.expression)
        if found:
            self.view.variables.user[name] = value
        elif node.parent is self.tree and node.arg_key == "expressions":
            self.assigned.append((node.index or 0, name))
        else:
            raise errors.not_supported("assigning a user variable inside an expression")
        self._replace(node, node.expression.copy())

    def _replace(self, node: exp.Expr, new: exp.Expr) -> None:
        self.changed = True
        self._keep_name(node)
        if node.parent is None:
            self.tree = new
        else:
            node.replace(new)

    def _keep_name(self, node: exp.Expr) -> None:
        """The output that holds the node is named as it is written."""
        output = node
        while output.parent is not None and not (
            isinstance(output.parent, exp.Select) and output.arg_key == "expressions"
        ):
            output = output.parent
        if output.parent is None:
            return
        self._keep_name(output.parent)
        if isinstance(output, exp.Alias):
            return
        name = self._text(output)
        inner = output.copy()
        wrapped = exp.Alias(this=inner, alias=exp.to_identifier(name, quoted=True))
        if output is node:
            # The node itself is about to be replaced: it must stay where it is.
            output.replace(wrapped)
            inner.replace(node)
        else:
            output.replace(wrapped)
            inner.replace(output)

    def _text(self, output: exp.Expr) -> str:
        if output.parent is self._first_select():
            self._texts = output_texts(self.sql) if self._texts is None else self._texts
            position = output.index or 0
            if position < len(self._texts):
                return self._texts[position]
        return str(output.sql(dialect="mysql")).replace("SCHEMA()", "DATABASE()")

    def _first_select(self) -> exp.Expr:
        """The SELECT that names the outputs."""
        node = self.tree
        while isinstance(node, exp.SetOperation | exp.Subquery):
            node = node.this
        return node


def could_be_direct(tree: exp.Expr) -> bool:
    """Every output is a literal or will be one: no database is needed for the answer."""
    if not isinstance(tree, exp.Select) or not _is_dual(tree.args.get("from_")):
        return False
    used = {key for key, value in tree.args.items() if value} - {"kind", "hint", "operation_modifiers"}
    if used - {"expressions", "limit", "offset", "from_"}:
        return False
    return all(_will_be_literal(output.unalias()) for output in tree.expressions)


def _will_be_literal(node: exp.Expr) -> bool:
    if isinstance(node, exp.PropertyEQ | exp.Paren | exp.Neg):
        return _will_be_literal(node.expression if isinstance(node, exp.PropertyEQ) else node.this)
    if isinstance(node, exp.Anonymous):
        return not node.expressions and str(node.this).upper() in _FUNCTIONS
    return isinstance(node, (*_LITERALS, *_NODES, exp.SessionParameter, exp.Parameter))


def direct_answer(tree: exp.Expr, sql: str) -> MetadataRows | None:
    """The row of a SELECT that ``could_be_direct`` before its substitution."""
    columns, values = [], []
    texts = output_texts(sql)
    for position, output in enumerate(tree.expressions):
        found, value = value_of(output.unalias())
        if not found:
            return None
        plain = isinstance(output, exp.Alias) or (isinstance(output, exp.Literal) and output.is_string)
        name = output.alias_or_name if plain or position >= len(texts) else texts[position]
        columns.append(type_of_value(value).column(name))
        values.append(value)
    limit, offset = _count(tree.args.get("limit")), _count(tree.args.get("offset"))
    return MetadataRows(tuple(columns), [tuple(values)] if limit != 0 and not offset else [])


def _is_dual(source: exp.Expr | None) -> bool:
    if source is None:
        return True
    table = source.this
    return isinstance(table, exp.Table) and table.name.lower() == "dual" and not table.db


def _count(node: exp.Expr | None) -> int | None:
    """The number in LIMIT or OFFSET."""
    if node is None:
        return None
    found, value = value_of(node.expression)
    return value if found and isinstance(value, int) else None
