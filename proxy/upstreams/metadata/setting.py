"""SET carried out: what changes for the session, all of it or nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from plugins import UpstreamError
from proxy.upstreams.metadata import errors
from proxy.upstreams.metadata.assignments import (
    Assign,
    Assignment,
    AssignUser,
    SetAccount,
    SetCharacterSet,
    SetNames,
    SetRole,
    SetTransaction,
    parse_set,
    parse_set_statement,
)
from proxy.upstreams.metadata.session import SessionView
from proxy.upstreams.metadata.substitute import substitute, value_of
from proxy.upstreams.metadata.translate import expression_to_duckdb
from proxy.upstreams.metadata.values import checked
from proxy.upstreams.metadata.variables import Change, UserValue, Variables, known

# What is the same everywhere and asks for nothing but its arguments.
_LOCAL = (
    exp.Abs,
    exp.And,
    exp.Case,
    exp.Cast,
    exp.Coalesce,
    exp.Concat,
    exp.ConcatWs,
    exp.If,
    exp.Length,
    exp.Lower,
    exp.Nullif,
    exp.Or,
    exp.Replace,
    exp.Trim,
    exp.Upper,
)
Evaluate = Callable[[exp.Expr], UserValue]


@dataclass(frozen=True, slots=True)
class SetResult:
    """``changes`` in order. ``statement``: what SET STATEMENT … FOR runs; ``restore`` is for after it."""

    changes: tuple[Change, ...]
    statement: str | None = None
    restore: Callable[[], Sequence[Change]] = field(default=tuple)


def apply_set(sql: str, view: SessionView, evaluate: Evaluate | None, scalar: Callable[[str], object]) -> SetResult:
    """Carry out the statement on ``view.variables``. Raises ``UpstreamError``, and then nothing has changed.

    ``evaluate`` asks the upstream for the value of an expression that reads tables; ``scalar`` computes any other.
    """
    timed = parse_set_statement(sql)
    assignments, statement = timed if timed is not None else (parse_set(sql), None)
    before = view.variables.copy()
    work = _Work(view, evaluate, scalar)
    try:
        for assignment in assignments:
            work.apply(assignment)
    except BaseException:
        view.variables.replace(before)
        raise
    if statement is None:
        return SetResult(tuple(work.changes))
    return SetResult(tuple(work.changes), statement, lambda: _restore(view.variables, before, work.changes))


def _restore(variables: Variables, before: Variables, changes: Sequence[Change]) -> Sequence[Change]:
    restored = [change for old in changes for change in variables.set(old.name, before.get(old.name))]
    return restored


class _Work:
    def __init__(self, view: SessionView, evaluate: Evaluate | None, scalar: Callable[[str], object]) -> None:
        self.view = view
        self.evaluate = evaluate
        self.scalar = scalar
        self.changes: list[Change] = []

    def apply(self, assignment: Assignment) -> None:
        variables = self.view.variables
        match assignment:
            case Assign():
                self._assign(assignment)
            case AssignUser():
                variables.user[assignment.name] = self._value(assignment.value)
            case SetNames():
                self.changes += variables.set_names(assignment.charset, assignment.collation)
            case SetCharacterSet():
                self.changes += variables.set_character_set(assignment.charset)
            case SetTransaction():
                self._transaction(assignment)
            case SetRole():
                self._role(assignment.roles)
            case SetAccount():
                raise errors.not_supported(assignment.what)

    def _assign(self, item: Assign) -> None:
        variables = self.view.variables
        if item.scope in ("global", "persist", "persist_only"):
            variables.deny_global(item.name)
        if item.scope == "next":
            name = known(item.name).name
            value = variables.get(name, "global") if item.value is None else self._value(item.value)
            self.changes.append(Change(f"next_{name}", checked(known(name), value)))
        elif item.value is None:
            self.changes += variables.set_default(item.name)
        else:
            known(item.name)
            self._set(item.name, self._value(item.value))

    def _set(self, name: str, value: UserValue) -> None:
        """Some are the session's own, not a variable's."""
        changes = self.view.variables.set(name, value)
        if changes[0].name == "last_insert_id" and isinstance(value, int):
            self.view.last_insert_id = value
        self.changes += changes

    def _transaction(self, item: SetTransaction) -> None:
        if item.scope == "global":
            self.view.variables.deny_global("transaction_isolation")
        wanted = (("transaction_isolation", item.isolation), ("transaction_read_only", item.read_only))
        for name, value in wanted:
            if value is None:
                continue
            if item.scope == "next":
                self.changes.append(Change(f"next_{name}", checked(known(name), value)))
            else:
                self.changes += self.view.variables.set(name, value)

    def _role(self, roles: str) -> None:
        first = roles.split(" ")[0].upper()
        if first not in ("NONE", "DEFAULT", "ALL"):
            account = f"`{self.view.user}`@`{self.view.account_host}`"
            raise UpstreamError(3530, "HY000", f"{roles} is not granted to {account}")

    def _value(self, expression: exp.Expr) -> UserValue:
        replaced = substitute("@", expression, self.view).tree
        found, value = value_of(replaced)
        if found:
            return value
        if isinstance(replaced, exp.Column) and not replaced.table:
            return replaced.name
        if replaced.find(exp.Table) is not None or any(not isinstance(f, _LOCAL) for f in replaced.find_all(exp.Func)):
            if self.evaluate is None:
                raise errors.not_supported("SET with a subquery")
            return self.evaluate(replaced)
        return self.scalar(expression_to_duckdb(replaced))  # type: ignore[return-value]
