"""What is known of the names in a statement so far: its tables, their aliases, the labels that it gave.

Before FROM, an alias stands for any table that has all the columns it was used with; FROM must then keep to that.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from models_runtime.engine.names import Catalog, FewWords, Words, is_likely_alias

Group = Words | FewWords
# In the place of a table: a derived one, or one of a WITH, whose columns are not known.
_DERIVED = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """Immutable; each method that learns something returns another one."""

    catalog: Catalog
    tables: frozenset[str] = frozenset()
    aliases: Mapping[str, str] = field(default_factory=dict)  # -> table or _DERIVED
    labels: frozenset[str] = frozenset()
    used: Mapping[str, frozenset[str]] = field(default_factory=dict)  # alias before its FROM -> what it may stand for

    def with_table(self, table: str) -> "Scope":
        """``table`` stands after FROM, by its own name as yet."""
        if table not in self.catalog.tables:
            return self
        return replace(self, tables=self.tables | {table}, aliases={**self.aliases, table: table})

    def with_alias(self, alias: str, table: str) -> "Scope":
        """``table`` (empty: a derived one) is called ``alias``."""
        known = table if table in self.catalog.tables else _DERIVED
        used = {name: tables for name, tables in self.used.items() if name != alias}
        return replace(self, aliases={**self.aliases, alias: known}, used=used)

    def with_label(self, label: str) -> "Scope":
        return replace(self, labels=self.labels | {label})

    def with_use(self, alias: str, column: str) -> "Scope":
        """``alias.column`` was written before FROM."""
        if alias in self.catalog.tables or not is_likely_alias(alias, self.catalog.columns, 0):
            return self
        tables = [table for table in self._candidates(alias) if table == _DERIVED or column in self._of(table)]
        return replace(self, used={**self.used, alias: frozenset(tables)})

    def may_call(self, alias: str, table: str) -> bool:
        """Whether the alias was used only with columns of ``table``."""
        return alias not in self.used or (table if table in self.catalog.tables else _DERIVED) in self.used[alias]

    def after_from(self) -> list[Group]:
        return [self.catalog.tables, FewWords([name for name, table in self.aliases.items() if table == _DERIVED])]

    def columns(self, scoped: bool) -> list[Group]:
        """Those that may stand alone; ``scoped``: FROM was read."""
        if scoped:
            return [*(self._of(table) for table in self.tables), FewWords(self.labels)]
        return [self.catalog.all_columns, FewWords(self.labels)]

    def qualifiers(self, scoped: bool) -> list[Group]:
        known = FewWords(self.aliases)
        return [known] if scoped else [known, self.catalog.tables]

    def may_be_alias(self, word: str) -> bool:
        """Whether a table could be called so by a FROM that is yet to come."""
        return is_likely_alias(word, [*self.catalog.columns, *self.aliases])

    def members(self, qualifier: str, scoped: bool) -> list[Group]:
        """What may stand after ``qualifier.``; nothing where that cannot be known."""
        if scoped and qualifier in self.aliases:
            table = self.aliases[qualifier]
            return [self._of(table)] if table else [self.catalog.all_columns, FewWords(self.labels)]
        if qualifier in self.catalog.tables:
            return [self._of(qualifier)]
        if not is_likely_alias(qualifier, self.catalog.columns, 0):
            return []
        candidates = self._candidates(qualifier)
        if _DERIVED in candidates:
            return [self.catalog.all_columns, FewWords(self.labels)]
        return [self._of(table) for table in candidates]

    def _candidates(self, alias: str) -> Iterable[str]:
        if alias in self.used:
            return self.used[alias]
        derived = [_DERIVED] if _DERIVED in self.aliases.values() else []
        return [*self.catalog.columns, *derived]

    def _of(self, table: str) -> Words:
        return self.catalog.columns[table]
