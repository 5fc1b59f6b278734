"""What INFORMATION_SCHEMA and SHOW are made of: a reflection as one session names it."""

from collections.abc import Callable
from dataclasses import dataclass

from proxy.upstreams.metadata import errors
from proxy.upstreams.metadata.reflection import Reflection, Table
from proxy.upstreams.metadata.session import SessionView
from proxy.upstreams.metadata.system_tables import INFORMATION_SCHEMA, PERFORMANCE_SCHEMA, SYSTEM_SCHEMAS, described


@dataclass(frozen=True, slots=True)
class Facts:
    """``alias``: the other name of the default schema ``schema``. A session that is in it by that name sees it so."""

    view: SessionView
    read: Callable[[], Reflection]
    schema: str = ""
    alias: str = ""
    dialect: str = ""  # sqlglot's name of the upstream's

    @property
    def reflection(self) -> Reflection:
        """Read when it is first needed: many statements need none."""
        return self.read()

    @property
    def renamed(self) -> bool:
        return bool(self.alias) and self.alias != self.schema and self.view.database == self.alias

    def shown(self, schema: str) -> str:
        """A schema's name as this session sees it."""
        return self.alias if self.renamed and schema == self.schema else schema

    def real(self, name: str) -> str | None:
        """The schema that a client names, ``None`` when there is none."""
        found = self.reflection.schema(name)
        if found is None and self.alias and self.reflection.fold(name) == self.reflection.fold(self.alias):
            return self.reflection.schema(self.schema)
        return found

    def other_names(self) -> dict[str, str]:
        """Names that a client may use for what this session sees under another."""
        if not self.alias or self.alias == self.schema or self.reflection.schema(self.alias) is not None:
            return {}
        return {self.schema: self.alias} if self.renamed else {self.alias: self.schema}

    @property
    def databases(self) -> list[str]:
        """SHOW DATABASES."""
        names = {self.shown(schema) for schema in self.reflection.schemas}
        return sorted(names | {INFORMATION_SCHEMA, PERFORMANCE_SCHEMA})

    @property
    def tables(self) -> list[Table]:
        """By schema and name."""
        return sorted(self.reflection.tables, key=lambda table: (table.schema, table.name))

    def chosen(self, name: str | None) -> str:
        """The schema named, else the selected one; as it is spelled. Raises 1046, 1049."""
        if name is None:
            name = self.view.database
        if name is None:
            raise errors.no_database()
        if name.lower() in (INFORMATION_SCHEMA, PERFORMANCE_SCHEMA):
            return name.lower()
        found = self.real(name)
        if found is not None:
            return found
        if name.lower() in SYSTEM_SCHEMAS:
            raise errors.database_denied(self.view.quoted_account, name)
        raise errors.unknown_database(name)

    def in_schema(self, schema: str) -> list[Table]:
        """The tables of a schema that ``chosen`` gave, by name."""
        if schema in (INFORMATION_SCHEMA, PERFORMANCE_SCHEMA):
            return described(schema)
        return self.reflection.of_schema(schema)

    def table(self, schema: str | None, name: str) -> Table:
        """Raises 1046, 1049, 1146."""
        chosen = self.chosen(schema)
        if chosen in (INFORMATION_SCHEMA, PERFORMANCE_SCHEMA):
            found = next((table for table in described(chosen) if table.name == name.upper()), None)
        else:
            found = self.reflection.table(chosen, name)
        if found is None:
            raise errors.unknown_table(self.shown(chosen), name)
        return found
