"""What a scope of a statement can see: its sources and their columns."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from nl2sql.catalog import Catalog

Source = exp.Table | Scope
Sources = list[tuple[str, Source, Scope]]


@dataclass(slots=True)
class Names:
    """What a statement refers to; ``notes`` say what was mended."""

    catalog: Catalog
    tables: list[str] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)


def visible(scope: Scope) -> Iterator[tuple[str, Source, Scope]]:
    """(name, source, scope that has it) of the scope and of those around it, the nearest first."""
    at: Scope | None = scope
    while at is not None:
        for name, (_node, source) in at.selected_sources.items():
            yield name, source, at
        around = at.is_subquery or at.is_set_operation
        at = at.parent if around else None


def columns_of(source: Source, names: Names, depth: int = 0) -> list[str] | None:
    """The source's column names; None when they cannot be told."""
    if isinstance(source, exp.Table):
        table = names.catalog.table(source.name)
        return [c.name for c in table.columns] if table else None
    holder = source.expression.parent
    while isinstance(holder, exp.SetOperation):  # what a recursive CTE sees of itself is its first part
        holder = holder.parent
    alias = holder.args.get("alias") if isinstance(holder, (exp.CTE, exp.Subquery)) else None
    if isinstance(alias, exp.TableAlias) and alias.columns:
        return [c.name for c in alias.columns]
    return _outputs(source, names, depth) if depth < 20 else None


def _outputs(scope: Scope, names: Names, depth: int) -> list[str] | None:
    if scope.set_operation_scopes:
        return _outputs(scope.set_operation_scopes[0], names, depth + 1)
    found: list[str] = []
    if not isinstance(scope.expression, exp.Select):
        return None
    for item in scope.expression.selects:
        if item.is_star:
            wanted = item.table if isinstance(item, exp.Column) else None
            for name, (_node, source) in scope.selected_sources.items():
                if wanted is None or name == wanted:
                    inner = columns_of(source, names, depth + 1)
                    if inner is None:
                        return None
                    found += inner
        else:
            found.append(item.alias_or_name)
    return found


def has(columns: list[str] | None, name: str) -> bool:
    return columns is None or name.casefold() in (c.casefold() for c in columns)


def flat(name: str) -> str:
    return name.replace("_", "").casefold()
