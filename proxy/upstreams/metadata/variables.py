"""The variables of one session: the server's and the client's own (``@x``)."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from proxy.upstreams.metadata import errors
from proxy.upstreams.metadata.charsets import character_set_named, collation_named
from proxy.upstreams.metadata.system_variables import (
    ALIASES,
    Kind,
    Scope,
    SystemVariable,
    Value,
    system_variables,
)
from proxy.upstreams.metadata.values import checked

UserValue = str | bytes | int | float | Decimal | None

_CHARSET_OF = {
    "collation_connection": "character_set_connection",
    "collation_server": "character_set_server",
    "collation_database": "character_set_database",
}
_COLLATION_OF = {charset: collation for collation, charset in _CHARSET_OF.items()}


@dataclass(frozen=True, slots=True)
class Change:
    """A session variable has another value now. ``next_…``: for the next transaction only."""

    name: str
    value: Value


class Variables:
    """Not for several threads. ``fixed``: what is true of this server: ``port``, ``system_time_zone``, …"""

    def __init__(self, fixed: Mapping[str, Value] | None = None) -> None:
        self._global = {name: variable.default for name, variable in system_variables().items()} | dict(fixed or {})
        self._session: dict[str, Value] = {}
        self.user: dict[str, UserValue] = {}

    def reset(self) -> None:
        """As after a new log-in: COM_RESET_CONNECTION, COM_CHANGE_USER."""
        self._session.clear()
        self.user.clear()

    def copy(self) -> "Variables":
        """To try changes on."""
        other = Variables()
        other._global = self._global
        other._session = dict(self._session)
        other.user = dict(self.user)
        return other

    def replace(self, other: "Variables") -> None:
        """Take over the values of a copy."""
        self._session = other._session
        self.user = other.user

    def get(self, name: str, scope: str = "") -> Value:
        """The value of ``@@name``; ``scope``: ``""``, ``session``, ``local`` or ``global``. Raises 1193, 1238."""
        variable = known(name)
        if scope.lower() == "global":
            if variable.scope is Scope.SESSION:
                raise errors.wrong_scope(variable.name, "SESSION")
            return self._global[variable.name]
        if scope and variable.scope is Scope.GLOBAL:
            raise errors.wrong_scope(variable.name, "GLOBAL")
        return self._session.get(variable.name, self._global[variable.name])

    def set(self, name: str, value: object) -> list[Change]:
        """Set it for the session. Raises 1193, 1229, 1231, 1232, 1238, 1621 and what is right for its kind."""
        variable = known(name)
        if variable.scope is Scope.GLOBAL:
            raise errors.read_only(variable.name) if variable.read_only else errors.is_global(variable.name)
        if variable.read_only:
            both = variable.scope is Scope.BOTH
            raise errors.session_read_only(variable.name) if both else errors.read_only(variable.name)
        return self._store(variable.name, checked(variable, value))

    def set_default(self, name: str) -> list[Change]:
        """SET name = DEFAULT: the global value."""
        return self.set(name, self._global[known(name).name])

    def deny_global(self, name: str) -> None:
        """Raises what SET GLOBAL of that variable gives to an account without the privilege: 1193, 1238, 1227."""
        variable = known(name)
        if variable.read_only and variable.scope is Scope.GLOBAL:
            raise errors.read_only(variable.name)
        raise errors.privilege_needed("SUPER or SYSTEM_VARIABLES_ADMIN")

    def set_names(self, charset: str | None, collation: str | None) -> list[Change]:
        """SET NAMES; ``None`` is DEFAULT. Raises 1115, 1253, 1273."""
        name = str(self._global["character_set_client"]) if charset is None else charset
        found = character_set_named(name)
        if found is None:
            raise errors.unknown_character_set(name)
        changes = self.set("character_set_client", found.name) + self.set("character_set_results", found.name)
        changes += self.set("character_set_connection", found.name)
        if collation is not None:
            chosen = collation_named(collation)
            if chosen is None:
                raise errors.unknown_collation(collation)
            if chosen.character_set != found.name:
                raise errors.collation_of_another(chosen.name, found.name)
            changes += self.set("collation_connection", chosen.name)
        return changes

    def set_character_set(self, charset: str | None) -> list[Change]:
        """SET CHARACTER SET: the connection's is the database's."""
        name = str(self._global["character_set_client"]) if charset is None else charset
        changes = self.set("character_set_client", name) + self.set("character_set_results", name)
        return changes + self.set("collation_connection", self.get("collation_database"))

    def shown(self, *, global_values: bool) -> list[tuple[str, str]]:
        """SHOW VARIABLES: names and values as text, by name."""
        rows = []
        for name, variable in sorted(system_variables().items()):
            hidden = Scope.SESSION if global_values else None
            if not variable.hidden and variable.scope is not hidden:
                rows.append((name, self.text(variable, "global" if global_values else "")))
        return rows

    def text(self, variable: SystemVariable, scope: str) -> str:
        value = self.get(variable.name, scope)
        if value is None:
            return ""
        if variable.kind is Kind.BOOLEAN:
            return "ON" if value else "OFF"
        return f"{value:.6f}" if isinstance(value, float) else str(value)

    def _store(self, name: str, value: Value) -> list[Change]:
        self._session[name] = value
        changes = [Change(name, value)]
        if name in _CHARSET_OF and value is not None:
            collation = collation_named(str(value))
            assert collation is not None
            charset = _CHARSET_OF[name]
            self._session[charset] = collation.character_set
            changes.append(Change(charset, collation.character_set))
        if name in _COLLATION_OF and value is not None:
            found = character_set_named(str(value))
            assert found is not None
            self._session[_COLLATION_OF[name]] = found.default_collation
            changes.append(Change(_COLLATION_OF[name], found.default_collation))
        return changes


def known(name: str) -> SystemVariable:
    """The variable of that name, compared without case; an old name is its new one. Raises 1193."""
    folded = name.lower()
    variable = system_variables().get(ALIASES.get(folded, folded))
    if variable is None:
        raise errors.unknown_variable(name)
    return variable
