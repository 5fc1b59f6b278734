"""SHOW about databases, tables, columns and keys. Each reads its own words and leaves LIKE and WHERE."""

from plugins import UpstreamError
from proxy.upstreams.metadata import errors
from proxy.upstreams.metadata.create import create_table, create_view
from proxy.upstreams.metadata.facts import Facts
from proxy.upstreams.metadata.fill import CHARSET, COLLATION, extra, index_rows, table_rows
from proxy.upstreams.metadata.reflection import Table
from proxy.upstreams.metadata.rows import MetadataRows, Row, rows
from proxy.upstreams.metadata.spelling import quoted
from proxy.upstreams.metadata.system_tables import INFORMATION_SCHEMA
from proxy.upstreams.metadata.words import Words
from proxy.wire.columns import ColumnDefinition

_TEXT, _LONG = "varchar(2048)", "ubigint"
_STATUS = (
    "Name, Engine, Version: integer, Row_format: varchar(10), Rows: ubigint, Avg_row_length: ubigint, "
    "Data_length: ubigint, Max_data_length: ubigint, Index_length: ubigint, Data_free: ubigint, "
    "Auto_increment: ubigint, Create_time: timestamp_s, "
    "Update_time: timestamp_s, Check_time: timestamp_s, Collation, Checksum: bigint, "
    "Create_options: varchar(256), Comment: text"
)
_INDEX = (
    "Table, Non_unique: integer, Key_name, Seq_in_index: uinteger, Column_name, Collation: varchar(1), "
    "Cardinality: bigint, Sub_part: bigint, Packed: varchar(1), Null: varchar(3), Index_type: varchar(11), "
    "Comment: varchar(8), Index_comment: varchar(2048), Visible: varchar(3), Expression: text"
)
_TRIGGERS = (
    "Trigger, Event: varchar(6), Table, Statement: text, Timing: varchar(6), Created: timestamp_ms, "
    "sql_mode: varchar(512), Definer: varchar(288), character_set_client, collation_connection, Database Collation"
)
_EVENTS = (
    "Db, Name, Definer: varchar(288), Time zone, Type: varchar(9), Execute at: timestamp_s, "
    "Interval value: varchar(256), Interval field: varchar(18), Starts: timestamp_s, Ends: timestamp_s, "
    "Status: varchar(21), Originator: uinteger, character_set_client, collation_connection, Database Collation"
)
_ROUTINES = (
    "Db, Name, Type: varchar(9), Definer: varchar(288), Modified: timestamp_s, Created: timestamp_s, "
    "Security_type: varchar(7), Comment: text, character_set_client, collation_connection, Database Collation"
)


def _schema(words: Words) -> str | None:
    """``FROM name`` or ``IN name``, if it is next."""
    return words.name() if words.accept_one("FROM", "IN") else None


def databases(_: Words, facts: Facts) -> MetadataRows:
    return rows("Database", [(name,) for name in facts.databases])


def tables(words: Words, facts: Facts) -> MetadataRows:
    found = full_tables(words, facts)
    return MetadataRows(found.columns[:1], [row[:1] for row in found.rows])


def full_tables(words: Words, facts: Facts) -> MetadataRows:
    schema = facts.chosen(_schema(words))
    kinds = [(table.name, kind_of(table)) for table in facts.in_schema(schema)]
    named = rows("Tables, Table_type: varchar(11)", kinds)
    shown = facts.shown(schema)
    first = rows("Tables").columns[0]
    renamed = ColumnDefinition(f"Tables_in_{shown}", first.type, first.length, flags=first.flags)
    return MetadataRows((renamed, named.columns[1]), named.rows)


def kind_of(table: Table) -> str:
    """TABLE_TYPE."""
    if table.schema == INFORMATION_SCHEMA:
        return "SYSTEM VIEW"
    return "VIEW" if table.is_view else "BASE TABLE"


def table_status(words: Words, facts: Facts) -> MetadataRows:
    schema = facts.chosen(_schema(words))
    found = []
    for table in facts.in_schema(schema):
        row = table_rows(facts, table)
        found.append((table.name, *row[4:]))
    return rows(_STATUS, found)


def open_tables(words: Words, facts: Facts) -> MetadataRows:
    schema = _schema(words)
    if schema is not None:
        facts.chosen(schema)
    return rows("Database, Table, In_use: integer, Name_locked: integer")


def _table(words: Words, facts: Facts) -> Table:
    """``FROM table``, ``FROM db.table`` or ``FROM table FROM db``."""
    if not words.accept_one("FROM", "IN"):
        raise errors.syntax(words.rest)
    schema, name = words.qualified_name()
    return facts.table(_schema(words) or schema, name)


def columns(words: Words, facts: Facts) -> MetadataRows:
    return described(_table(words, facts), full=False)


def full_columns(words: Words, facts: Facts) -> MetadataRows:
    return described(_table(words, facts), full=True)


def described(table: Table, *, full: bool) -> MetadataRows:
    """The rows of SHOW [FULL] COLUMNS and of DESCRIBE."""
    found: list[Row] = []
    for column in table.columns:
        head = (column.name, column.type.text)
        tail = (
            "YES" if column.nullable else "NO",
            table.column_keys.get(column.name, ""),
            column.default,
            extra(column),
        )
        if full:
            collation = COLLATION if column.type.is_text else None
            found.append((*head, collation, *tail, ",".join(column.privileges), column.comment))
        else:
            found.append((*head, *tail))
    middle = "Null: varchar(3), Key: varchar(3), Default: text, Extra: varchar(256)"
    if full:
        return rows(f"Field, Type: text, Collation, {middle}, Privileges: varchar(154), Comment: text", found)
    return rows(f"Field, Type: text, {middle}", found)


def indexes(words: Words, facts: Facts) -> MetadataRows:
    table = _table(words, facts)
    found = [
        (row[2], row[3], row[5], row[6], row[7], row[8], row[9], row[10], row[11], *row[12:])
        for row in index_rows(facts, table)
    ]
    return rows(_INDEX, found)


def triggers(words: Words, facts: Facts) -> MetadataRows:
    facts.chosen(_schema(words))
    return rows(_TRIGGERS)


def events(words: Words, facts: Facts) -> MetadataRows:
    facts.chosen(_schema(words))
    return rows(_EVENTS)


def routines(_: Words, __: Facts) -> MetadataRows:
    return rows(_ROUTINES)


def create(words: Words, facts: Facts) -> MetadataRows:
    """SHOW CREATE TABLE, VIEW, DATABASE, and those that cannot exist here."""
    if words.accept_one("DATABASE", "SCHEMA"):
        return _create_database(words, facts)
    if words.accept("TABLE"):
        table = facts.table(*words.qualified_name())
        return _created_view(table, facts) if table.is_view else _created_table(table, facts)
    if words.accept("VIEW"):
        schema, name = words.qualified_name()
        table = facts.table(schema, name)
        if not table.is_view:
            full = f"{facts.shown(table.schema)}.{table.name}"
            raise UpstreamError(1347, "HY000", f"'{full}' is not VIEW")
        return _created_view(table, facts)
    return _create_other(words, facts)


def _create_database(words: Words, facts: Facts) -> MetadataRows:
    exists = words.accept("IF", "NOT", "EXISTS")
    name = facts.shown(facts.chosen(words.name()))
    option = " /*!32312 IF NOT EXISTS*/" if exists else ""
    text = (
        f"CREATE DATABASE{option} {quoted(name)} /*!40100 DEFAULT CHARACTER SET {CHARSET} COLLATE {COLLATION} */ "
        "/*!80016 DEFAULT ENCRYPTION='N' */"
    )
    return rows("Database, Create Database: varchar(1024)", [(name, text)])


def _created_table(table: Table, facts: Facts) -> MetadataRows:
    return rows("Table, Create Table: text", [(table.name, create_table(table, facts))])


def _created_view(table: Table, facts: Facts) -> MetadataRows:
    row = (table.name, create_view(table, facts), CHARSET, COLLATION)
    return rows("View, Create View: text, character_set_client, collation_connection", [row])


def _create_other(words: Words, facts: Facts) -> MetadataRows:
    kind = words.accept_one("PROCEDURE", "FUNCTION", "TRIGGER", "EVENT")
    if kind is not None:
        schema, name = words.qualified_name()
        facts.chosen(schema)
        match kind:
            case "TRIGGER":
                raise UpstreamError(1360, "HY000", "Trigger does not exist")
            case "EVENT":
                raise UpstreamError(1539, "HY000", f"Unknown event '{name}'")
        raise UpstreamError(1305, "42000", f"{kind} {name} does not exist")
    words.expect("USER")
    return _create_user(words, facts)


def _create_user(words: Words, facts: Facts) -> MetadataRows:
    own = words.accept("CURRENT_USER") or words.take().text == facts.view.user
    if not own:
        raise errors.table_denied("SELECT", facts.view.quoted_account, "user")
    words.position = len(words.words)
    account = f"{quoted(facts.view.user)}@{quoted(facts.view.account_host)}"
    text = f"CREATE USER {account} IDENTIFIED WITH 'caching_sha2_password' REQUIRE NONE"
    return rows(f"CREATE USER for {facts.view.account}: varchar(1024)", [(text,)])


def names_a_table(words: Words) -> bool:
    """After DESCRIBE or EXPLAIN: a table's name, not a statement or an option."""
    word = words.next
    if word.quoted:
        return not word.string
    if word.text == "(" or words.sees("FORMAT", "=") or words.sees("FOR", "CONNECTION"):
        return False
    return word.text.upper() not in _EXPLAINED


_EXPLAINED = frozenset(
    (
        "SELECT",
        "INSERT",
        "REPLACE",
        "UPDATE",
        "DELETE",
        "WITH",
        "TABLE",
        "VALUES",
        "ANALYZE",
        "EXTENDED",
        "PARTITIONS",
        "FORMAT",
        "FOR",
        "INTO",
        "AI",
    )
)
