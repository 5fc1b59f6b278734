"""MySQL's SQL in the SQL of PostgreSQL (15 and later), DuckDB and SQLite: pure functions over sqlglot's trees.

``parse`` reads (with MySQL's own lexical rules), ``translate`` rewrites the tree and writes it for the target. Nothing
is sent on that was not understood: it raises ``Untranslatable`` (1235), which names the construct. What was decided:

- **Case.** LIKE, REGEXP, LOCATE and INSTR search without case, as MySQL's default collations do (SQLite: ASCII only);
  ``BINARY`` and ``COLLATE …_bin`` make them exact. Equality, GROUP BY and ORDER BY are the database's own, because its
  keys, joins and indexes stand on them.
- **Conversions** that MySQL makes by itself are written out, by the kinds of columns and literals: strings by their
  numeric beginning, truth values as 1 and 0, dates from strings, exact division with MySQL's scale; division by zero is
  NULL.
- **Zero dates.** Stored: error 1292, as in MySQL's strict mode (NULL with IGNORE). Compared with: before every date.
- **LOCK TABLES** takes no lock and says so in a note. ON UPDATE CURRENT_TIMESTAMP, FULLTEXT and SPATIAL keys, FIRST
  and AFTER have no effect and say so. Locking reads lock on PostgreSQL only.
- **ON DUPLICATE KEY UPDATE** and REPLACE need one unique key that the given columns could violate (SQLite's REPLACE:
  any number).
- **Columns** are named as MySQL names them, by the expression's text (PostgreSQL cuts at 63 bytes). Names are written
  in the schema's case. Indexes get the table's name before theirs: their names are the schema's, not the table's.
- **TINYINT(1)** and BOOLEAN stay small numbers, ENUM is text with a CHECK, AUTO_INCREMENT an identity or a sequence.
- **Functions** that are not MySQL's are left to the database, but for those that reach for files; table functions are
  refused. No comment of the client's comes through.

SQLite needs ``sqlite_functions.register`` on every connection.
"""

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
