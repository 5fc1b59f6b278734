"""What is known of a value: which masked columns went into it, and whether it still is one of them."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from plugins.builtin.mask.lexing import refused
from plugins.builtin.mask.names import WORD, Naming, naming_of
from plugins.builtin.mask.rules import Column, Rule, Rules, folded

_LEVELS = {"refuse": 0, "equality": 1, "allow": 2}
EQUALITY, ANY = 1, 2


@dataclass(frozen=True, slots=True)
class Flow:
    """``plain``: the rule of the one column that the value is. ``rules`` empty: no masked column went in."""

    rules: frozenset[Rule] = frozenset()
    plain: Rule | None = None
    names: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.rules)

    def require(self, level: int, what: str) -> None:
        """Raise ``AskwireError`` MASKED unless every rule allows as much (``MaskRule.compare``)."""
        if any(_LEVELS[rule.setting.compare] < level for rule in self.rules):
            raise refused(f"{', '.join(sorted(self.names))} is masked for this account and cannot be {what}")

    @property
    def first(self) -> Rule:
        """The rule whose text is shown in place of a value that is made of masked ones."""
        return self.plain or min(self.rules, key=lambda rule: rule.name)


CLEAN = Flow()


def together(flows: Iterable[Flow]) -> Flow:
    """One value made of several, or one that may be any of them."""
    found = [flow for flow in flows if flow]
    if not found:
        return CLEAN
    rules = frozenset().union(*(flow.rules for flow in found))
    plain = found[0].plain if all(flow.plain is found[0].plain for flow in found) else None
    return Flow(rules, plain, frozenset().union(*(flow.names for flow in found)))


def derived(flow: Flow) -> Flow:
    return Flow(flow.rules, None, flow.names)


@dataclass(frozen=True, slots=True)
class Output:
    """A column of a relation. ``visible``: ``*`` stands for it."""

    name: str
    flow: Flow = CLEAN
    visible: bool = True
    naming: Naming = Naming.SURE

    def may_be(self, name: str) -> bool:
        """Whether the server may find it by this name."""
        if self.naming is Naming.ANY or folded(self.name) == folded(name):
            return True
        return self.naming is Naming.TEXT and WORD.fullmatch(name) is None

    def surely_is(self, name: str) -> bool:
        same = self.name == name or (name.isascii() and self.name.isascii() and self.name.lower() == name.lower())
        return same and self.naming is Naming.SURE


@dataclass(frozen=True, slots=True)
class Relation:
    """A table, view or query in FROM. ``open``: its columns are not known, only what rules say of their names."""

    outputs: tuple[Output, ...] = ()
    open: tuple[Rules, str, str] | None = None

    def find(self, name: str) -> Flow | None:
        """None: it has no such column."""
        if self.open is not None:
            rules, schema, table = self.open
            return flow_of(rules, schema, table, Column(name))
        found = [output.flow for output in self.outputs if output.may_be(name)]
        return together(found) if found else None

    def surely_has(self, name: str) -> bool:
        """Whether the server finds the name here, and looks no further."""
        return self.open is None and any(output.surely_is(name) for output in self.outputs)

    def renamed(self, names: Iterable[str], *, stored: bool = False) -> "Relation":
        """With the names that an alias gives, or the catalog (``stored``).

        Raises ``AskwireError`` where there are more or fewer.
        """
        given = list(names)
        if not given:
            return self
        if len(given) != len(self.outputs):
            raise refused("Columns are masked for this account, and the number of column names does not fit")
        return Relation(
            tuple(
                Output(name, o.flow, naming=Naming.SURE if stored else naming_of(name))
                for name, o in zip(given, self.outputs, strict=True)
            )
        )


def flow_of(rules: Rules, schema: str, table: str, column: Column) -> Flow:
    rule = rules.of(schema, table, column)
    return CLEAN if rule is None else Flow(frozenset({rule}), rule, frozenset({f"{table}.{column.name}"}))


@dataclass(slots=True)
class Scope:
    """The names that a SELECT may use, and those around it."""

    outer: "Scope | None"
    ctes: dict[str, tuple[str, Relation]]  # by the folded name: as it is written, and what it is
    sources: list[tuple[str, Relation]] = field(default_factory=list)
    aliases: Relation = field(default_factory=Relation)  # the select list

    def table(self, name: str) -> Relation | None:
        """A common table expression. Raises ``AskwireError`` where a server may take another one for it, or a table."""
        known = self.ctes.get(folded(name))
        if known is None:
            return None
        if known[0] != name:
            raise refused(f"Columns are masked for this account: write {known[0][:64]!r} everywhere in the same way")
        return known[1]

    def resolve(self, name: str, table: str, schema: str = "", *, aliases: bool) -> Flow:
        """What a name may mean, all its meanings together. Raises ``AskwireError`` where it means nothing known.

        Names are compared more loosely than by any server. So what looks found may not be what the server finds: only a
        name that every server takes for the same ends the search.
        """
        scope: Scope | None = self
        found: list[Flow] = []
        while scope is not None:
            sure = False
            for alias, relation in scope.sources:
                if table and folded(table) != folded(alias):
                    continue
                if (flow := relation.find(name)) is not None:
                    found.append(flow)
                    sure = sure or (not schema and table in ("", alias) and relation.surely_has(name))
            if aliases and not table and (flow := scope.aliases.find(name)) is not None:
                found.append(flow)
            if sure:
                break
            scope = scope.outer
        if found:
            return together(found)
        shown = f"{table}.{name}" if table else name
        raise refused(f"Columns are masked for this account, and where {shown[:80]!r} comes from is not known")
