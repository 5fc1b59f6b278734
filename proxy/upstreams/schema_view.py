"""What the translation asks of the schema, answered from the reflection that the metadata has anyway."""

from proxy.upstreams.dialect import Column, Table
from proxy.upstreams.metadata import Metadata


class ReflectedSchema:
    """A ``dialect.SchemaView``."""

    def __init__(self, metadata: Metadata) -> None:
        self._metadata = metadata

    def table(self, name: str, schema: str | None) -> Table | None:
        """Also found under another case, where that is no other table."""
        reflection = self._metadata.reflection
        wanted = self._metadata.real_schema(schema)
        if wanted is None:
            return None
        found = reflection.table(wanted, name)
        if found is None:
            folded = (wanted.casefold(), name.casefold())
            near = [t for t in reflection.tables if (t.schema.casefold(), t.name.casefold()) == folded]
            if len(near) != 1:
                return None
            found = near[0]
        columns = tuple(
            Column(c.name, c.type.text, c.auto_increment, not c.nullable, c.own_counter) for c in found.columns
        )
        unique = [index.columns for index in found.indexes if index.unique and None not in index.columns]
        indexes = tuple(index.own_name or index.name for index in found.indexes)
        keys = [found.primary_key, *unique] if found.primary_key else unique
        return Table(found.name, columns, tuple(tuple(str(c) for c in key) for key in keys), indexes, found.schema)
