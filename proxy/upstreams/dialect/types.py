"""MySQL's column types in the target's: https://dev.mysql.com/doc/refman/8.4/en/data-types.html

TINYINT(1) and BOOLEAN stay numbers, as they are in MySQL. ENUM is text with a CHECK.
"""

from sqlglot import exp

from proxy.upstreams.dialect.context import Context

_INTS = {
    **{"TINYINT": "SMALLINT", "UTINYINT": "SMALLINT", "SMALLINT": "SMALLINT", "USMALLINT": "INT", "MEDIUMINT": "INT"},
    **{"UMEDIUMINT": "INT", "INT": "INT", "UINT": "BIGINT", "BIGINT": "BIGINT", "UBIGINT": "NUMERIC(20)"},
    **{"YEAR": "SMALLINT", "BOOLEAN": "SMALLINT", "BIT": "BIGINT", "SERIAL": "BIGINT"},
}
_DUCKDB_INTS = _INTS | {
    **{"TINYINT": "TINYINT", "UTINYINT": "UTINYINT", "USMALLINT": "USMALLINT", "UMEDIUMINT": "UINTEGER"},
    **{"UINT": "UINTEGER", "UBIGINT": "UBIGINT", "BOOLEAN": "TINYINT", "BIT": "UBIGINT"},
}
_TEXTS = frozenset({"TEXT", "TINYTEXT", "MEDIUMTEXT", "LONGTEXT", "SET"})
_BLOBS = frozenset({"BLOB", "TINYBLOB", "MEDIUMBLOB", "LONGBLOB", "BINARY", "VARBINARY"})
MAX_DECIMAL = {"postgres": 1000, "duckdb": 38}


def column_type(type_: exp.DataType, context: Context, *, numbered: bool = False) -> str:
    """The target's type. ``numbered``: the column has AUTO_INCREMENT. Raises ``Untranslatable``."""
    name = type_.this.name if isinstance(type_.this, exp.DType) else ""
    sizes = [str(each.this) for each in type_.expressions if isinstance(each, exp.DataTypeParam)]
    if context.target == "sqlite":
        return _sqlite_type(name, sizes, type_, context)
    ints = _DUCKDB_INTS if context.target == "duckdb" else _INTS
    if name in ints:
        # PostgreSQL's identity columns are smallint, integer or bigint.
        return "BIGINT" if numbered and name == "UBIGINT" else ints[name]
    if name in ("DECIMAL", "UDECIMAL"):
        return _decimal(sizes, context)
    if name in ("CHAR", "VARCHAR", "NCHAR", "NVARCHAR"):
        return f"VARCHAR({sizes[0] if sizes else 1})" if sizes or name in ("CHAR", "NCHAR") else "TEXT"
    if name in ("TIMESTAMP", "TIMESTAMPTZ", "TIMESTAMPLTZ", "DATETIME"):
        return _moment(name, sizes, context)
    plain = {
        "FLOAT": "REAL",
        "DOUBLE": "DOUBLE PRECISION",
        "UDOUBLE": "DOUBLE PRECISION",
        "DATE": "DATE",
        "ENUM": "VARCHAR",
    }
    plain |= {"TIME": "TIME", "JSON": "JSONB" if context.target == "postgres" else "JSON", "UUID": "UUID"}
    plain |= dict.fromkeys(_TEXTS, "TEXT") | dict.fromkeys(_BLOBS, "BYTEA" if context.target == "postgres" else "BLOB")
    if name not in plain:
        raise context.untranslatable(f"the type {type_.sql(dialect='mysql')}")
    return plain[name]


def _decimal(sizes: list[str], context: Context) -> str:
    digits, scale = int(sizes[0]) if sizes else 10, int(sizes[1]) if len(sizes) > 1 else 0
    if digits > MAX_DECIMAL[context.target]:
        raise context.untranslatable(f"DECIMAL({digits},{scale})")
    return f"DECIMAL({digits}, {scale})"


def _moment(name: str, sizes: list[str], context: Context) -> str:
    if context.target == "duckdb":
        return "TIMESTAMP"
    kind = "TIMESTAMP" if name == "DATETIME" else "TIMESTAMPTZ"
    return f"{kind}({sizes[0] if sizes else 0})"


def _sqlite_type(name: str, sizes: list[str], type_: exp.DataType, context: Context) -> str:
    """SQLite keeps the words and goes by them; the metadata reads them again."""
    if name in _INTS:
        unsigned = name.startswith("U")
        base = {"BOOLEAN": "TINYINT(1)", "BIT": "BIGINT", "SERIAL": "BIGINT"}.get(name, name[1:] if unsigned else name)
        return f"{base}{f'({sizes[0]})' if sizes and base == 'TINYINT' else ''}{' UNSIGNED' if unsigned else ''}"
    if name in ("ENUM", "SET"):
        return "TEXT"
    if name in ("BINARY", "VARBINARY"):
        return "BLOB"  # by SQLite's rules these words mean a number
    names = {"TIMESTAMPTZ": "TIMESTAMP", "TIMESTAMPLTZ": "TIMESTAMP", "UDECIMAL": "DECIMAL", "UDOUBLE": "DOUBLE"}
    known = _TEXTS | _BLOBS | {"FLOAT", "DOUBLE", "DATE", "TIME", "DATETIME", "TIMESTAMP", "JSON", "UUID", "DECIMAL"}
    base = names.get(name, name)
    if base not in known | {"CHAR", "VARCHAR", "NCHAR", "NVARCHAR"}:
        raise context.untranslatable(f"the type {type_.sql(dialect='mysql')}")
    return f"{base}({', '.join(sizes)})" if sizes else base
