"""MySQL's SQL in the SQL of PostgreSQL, DuckDB and SQLite: pure functions over sqlglot's trees."""

from proxy.upstreams.dialect.errors import SqlSyntaxError, Untranslatable
from proxy.upstreams.dialect.parse import parse
from proxy.upstreams.dialect.schema import Column, FixedSchema, SchemaView, Table
from proxy.upstreams.dialect.translate import Translation, translate

__all__ = [
    "Column",
    "FixedSchema",
    "SchemaView",
    "SqlSyntaxError",
    "Table",
    "Translation",
    "Untranslatable",
    "parse",
    "translate",
]
