"""SHOW about the server and the session. Each reads its own words and leaves LIKE and WHERE."""

import re
from collections.abc import Iterator

from proxy.upstreams.metadata import errors, reference
from proxy.upstreams.metadata.charsets import character_sets
from proxy.upstreams.metadata.charsets import collations as all_collations
from proxy.upstreams.metadata.facts import Facts
from proxy.upstreams.metadata.reflection import TABLE_PRIVILEGES, Table
from proxy.upstreams.metadata.rows import MetadataRows, Row, rows
from proxy.upstreams.metadata.session import Warning
from proxy.upstreams.metadata.spelling import quoted
from proxy.upstreams.metadata.words import Words

# What an account without privileges may not see, and the privilege that it lacks.
_CLIENT = "SUPER, REPLICATION CLIENT"
REPLICATION = {
    "MASTER STATUS": _CLIENT,
    "BINARY LOG STATUS": _CLIENT,
    "BINARY LOGS": _CLIENT,
    "MASTER LOGS": _CLIENT,
    "REPLICA STATUS": _CLIENT,
    "SLAVE STATUS": _CLIENT,
    "ALL SLAVES STATUS": _CLIENT,
    "REPLICAS": "REPLICATION SLAVE",
    "SLAVE HOSTS": "REPLICATION SLAVE",
    "BINLOG EVENTS": "REPLICATION SLAVE",
    "RELAYLOG EVENTS": "REPLICATION SLAVE",
}
_PRIVILEGES: tuple[Row, ...] = (
    ("Delete", "Tables", "To delete existing rows"),
    ("Insert", "Tables", "To insert data into tables"),
    ("References", "Databases,Tables", "To have references on tables"),
    ("Select", "Tables", "To retrieve rows from table"),
    ("Update", "Tables", "To update existing rows"),
    ("Usage", "Server Admin", "No privileges - allow connect only"),
)
_COUNT = re.compile("[0-9]{1,20}")  # int() takes other scripts' digits, refuses some, and thousands of any
_PROFILE = "Status: varchar(30), Duration: decimal(9,6)"


def session_variables(_: Words, facts: Facts) -> MetadataRows:
    return _variables(facts, global_values=False)


def global_variables(_: Words, facts: Facts) -> MetadataRows:
    return _variables(facts, global_values=True)


def _variables(facts: Facts, *, global_values: bool) -> MetadataRows:
    found = facts.view.variables.shown(global_values=global_values)
    return rows("Variable_name, Value: varchar(1024)", found)


def status(_: Words, facts: Facts) -> MetadataRows:
    return rows("Variable_name, Value: varchar(1024)", reference.status(facts))


def charsets(_: Words, __: Facts) -> MetadataRows:
    found = [(c.name, c.description, c.default_collation, c.max_length) for c in character_sets().values()]
    return rows("Charset, Description: varchar(2048), Default collation, Maxlen: uinteger", found)


def collations(_: Words, __: Facts) -> MetadataRows:
    found = [
        (c.name, c.character_set, c.id, c.is_default, "Yes", c.sort_length, c.pad) for c in all_collations().values()
    ]
    text = "Collation, Charset, Id: ubigint, Default: varchar(3), Compiled: varchar(3), Sortlen: uinteger"
    return rows(f"{text}, Pad_attribute: varchar(9)", found)


def engines(_: Words, __: Facts) -> MetadataRows:
    text = "Engine, Support: varchar(8), Comment: varchar(80), Transactions: varchar(3), XA: varchar(3)"
    return rows(f"{text}, Savepoints: varchar(3)", reference.ENGINES)


def engine_status(words: Words, __: Facts) -> MetadataRows:
    words.name()
    if not words.accept_one("STATUS", "LOGS", "MUTEX"):
        raise errors.syntax(words.rest)
    raise errors.privilege_needed("PROCESS")


def plugins(_: Words, facts: Facts) -> MetadataRows:
    found = [(row[0], row[2], row[3], row[5], row[9]) for row in reference.plugins(facts)]
    return rows("Name, Status: varchar(10), Type: varchar(80), Library, License: varchar(80)", found)


def privileges(_: Words, __: Facts) -> MetadataRows:
    return rows("Privilege: varchar(10), Context: varchar(15), Comment: varchar(60)", _PRIVILEGES)


def processlist(_: Words, facts: Facts) -> MetadataRows:
    """INFO is cut at 100 characters without FULL."""
    found = [(*row[:-1], row[-1][:100] if row[-1] else row[-1]) for row in reference.processlist(facts)]
    return _processes(found)


def full_processlist(_: Words, facts: Facts) -> MetadataRows:
    return _processes(list(reference.processlist(facts)))


def _processes(found: list[Row]) -> MetadataRows:
    text = "Id: ubigint, User: varchar(32), Host: varchar(261), db, Command: varchar(16), Time: integer, State"
    return rows(f"{text}, Info: text", found)


def grants(words: Words, facts: Facts) -> MetadataRows:
    view = facts.view
    if words.accept("FOR") and not _is_own(words, facts):
        raise errors.database_denied(view.quoted_account, "mysql")
    account = f"{quoted(view.user)}@{quoted(view.account_host)}"
    lines = [f"GRANT USAGE ON *.* TO {account}"]
    lines += [f"GRANT {what} TO {account}" for what in _granted(facts)]
    return rows(f"Grants for {view.account}: varchar(1024)", [(line,) for line in lines])


def _is_own(words: Words, facts: Facts) -> bool:
    if words.accept("CURRENT_USER"):
        if words.accept("("):
            words.expect(")")
        return True
    name = words.take().text
    host = words.take().text if words.accept("@") else facts.view.account_host
    return (name, host) == (facts.view.user, facts.view.account_host)


def _granted(facts: Facts) -> Iterator[str]:
    """What may be done with whole schemas where it is the same for every table, else table by table."""
    for schema in facts.reflection.schemas:
        found = facts.reflection.of_schema(schema)
        name = quoted(facts.shown(schema))
        whole = {table.privileges for table in found}
        if len(whole) == 1 and found[0].privileges:
            yield f"{_listed(found[0].privileges)} ON {name}.*"
            continue
        for table in found:
            if what := _on_table(table):
                yield f"{what} ON {name}.{quoted(table.name)}"


def _listed(names: tuple[str, ...]) -> str:
    return "ALL PRIVILEGES" if set(names) == set(TABLE_PRIVILEGES) else ", ".join(name.upper() for name in names)


def _on_table(table: Table) -> str:
    parts = [name.upper() for name in table.privileges]
    for privilege in TABLE_PRIVILEGES:
        columns = [quoted(c.name) for c in table.columns if privilege in c.privileges]
        if columns and privilege not in table.privileges:
            parts.append(f"{privilege.upper()} ({', '.join(columns)})")
    return ", ".join(parts)


def warnings(words: Words, facts: Facts) -> MetadataRows:
    return _diagnostics(words, list(facts.view.warnings))


def errors_only(words: Words, facts: Facts) -> MetadataRows:
    return _diagnostics(words, [w for w in facts.view.warnings if w.level == "Error"])


def _diagnostics(words: Words, found: list[Warning]) -> MetadataRows:
    if words.accept("LIMIT"):
        first = _number(words)
        if words.accept(","):
            found = found[first:][: _number(words)]
        elif words.accept("OFFSET"):
            found = found[_number(words) :][:first]
        else:
            found = found[:first]
    values = [(warning.level, warning.code, warning.message) for warning in found]
    return rows("Level: varchar(7), Code: uinteger, Message: varchar(512)", values)


def _number(words: Words) -> int:
    word = words.take()
    if word.quoted or not _COUNT.fullmatch(word.text):
        raise errors.syntax(words.sql[word.start :])
    return int(word.text)


def counts(words: Words, facts: Facts) -> MetadataRows:
    """SHOW COUNT(*) WARNINGS, SHOW COUNT(*) ERRORS."""
    words.expect("(", "*", ")")
    if words.accept("ERRORS"):
        count = sum(warning.level == "Error" for warning in facts.view.warnings)
        return rows("@@session.error_count: ubigint", [(count,)])
    words.expect("WARNINGS")
    return rows("@@session.warning_count: ubigint", [(len(facts.view.warnings),)])


def profiles(_: Words, __: Facts) -> MetadataRows:
    return rows("Query_ID: uinteger, Duration: double, Query: varchar(300)")


def profile(words: Words, __: Facts) -> MetadataRows:
    words.position = len(words.words)
    return rows(_PROFILE)


def replication(words: Words, __: Facts) -> MetadataRows:
    spelled = words.sql.upper()
    for statement, privilege in REPLICATION.items():
        if statement in " ".join(spelled.split()):
            raise errors.privilege_needed(privilege)
    raise errors.syntax(words.sql)
