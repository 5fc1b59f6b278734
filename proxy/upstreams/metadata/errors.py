"""The errors of a MySQL server that the metadata gives, each with its number and SQLSTATE.

https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html
"""

from plugins import UpstreamError


def unknown_variable(name: str) -> UpstreamError:
    return UpstreamError(1193, "HY000", f"Unknown system variable '{name}'")


def read_only(name: str) -> UpstreamError:
    return UpstreamError(1238, "HY000", f"Variable '{name}' is a read only variable")


def session_read_only(name: str) -> UpstreamError:
    text = f"SESSION variable '{name}' is read-only. Use SET GLOBAL to assign the value"
    return UpstreamError(1621, "HY000", text)


def is_global(name: str) -> UpstreamError:
    """It is set for the session, but has no value there."""
    return UpstreamError(1229, "HY000", f"Variable '{name}' is a GLOBAL variable and should be set with SET GLOBAL")


def wrong_scope(name: str, scope: str) -> UpstreamError:
    """``scope``: GLOBAL or SESSION: what it is."""
    return UpstreamError(1238, "HY000", f"Variable '{name}' is a {scope} variable")


def wrong_value(name: str, value: object) -> UpstreamError:
    text = "NULL" if value is None else str(value)
    return UpstreamError(1231, "42000", f"Variable '{name}' can't be set to the value of '{text}'")


def wrong_type(name: str) -> UpstreamError:
    return UpstreamError(1232, "42000", f"Incorrect argument type to variable '{name}'")


def privilege_needed(privilege: str) -> UpstreamError:
    text = f"Access denied; you need (at least one of) the {privilege} privilege(s) for this operation"
    return UpstreamError(1227, "42000", text)


def unknown_character_set(name: str) -> UpstreamError:
    return UpstreamError(1115, "42000", f"Unknown character set: '{name}'")


def unknown_collation(name: str) -> UpstreamError:
    return UpstreamError(1273, "HY000", f"Unknown collation: '{name}'")


def collation_of_another(collation: str, charset: str) -> UpstreamError:
    return UpstreamError(1253, "42000", f"COLLATION '{collation}' is not valid for CHARACTER SET '{charset}'")


def unknown_time_zone(name: str) -> UpstreamError:
    return UpstreamError(1298, "HY000", f"Unknown or incorrect time zone: '{name}'")


def unknown_database(name: str) -> UpstreamError:
    return UpstreamError(1049, "42000", f"Unknown database '{name}'")


def no_database() -> UpstreamError:
    return UpstreamError(1046, "3D000", "No database selected")


def unknown_table(schema: str, name: str) -> UpstreamError:
    return UpstreamError(1146, "42S02", f"Table '{schema}.{name}' doesn't exist")


def unknown_system_table(schema: str, name: str) -> UpstreamError:
    return UpstreamError(1109, "42S02", f"Unknown table '{name}' in {schema}")


def table_denied(command: str, account: str, table: str) -> UpstreamError:
    """``account``: ``'ann'@'%'``."""
    return UpstreamError(1142, "42000", f"{command} command denied to user {account} for table '{table}'")


def database_denied(account: str, database: str) -> UpstreamError:
    return UpstreamError(1044, "42000", f"Access denied for user {account} to database '{database}'")


def syntax(near: str) -> UpstreamError:
    text = (
        "You have an error in your SQL syntax; check the manual that corresponds to your MySQL server version for the "
        f"right syntax to use near '{near[:80]}' at line 1"
    )
    return UpstreamError(1064, "42000", text)


def unknown_column(name: str, where: str = "field list") -> UpstreamError:
    return UpstreamError(1054, "42S22", f"Unknown column '{name}' in '{where}'")


def unknown_function(name: str) -> UpstreamError:
    return UpstreamError(1305, "42000", f"FUNCTION {name} does not exist")


def too_deep() -> UpstreamError:
    return UpstreamError(1436, "HY000", "Thread stack overrun: the statement is nested too deeply")


def too_big() -> UpstreamError:
    text = "The SELECT would give more rows than system tables are asked for; check your WHERE"
    return UpstreamError(1104, "42000", text)


def timed_out() -> UpstreamError:
    text = "Query execution was interrupted, maximum statement execution time exceeded"
    return UpstreamError(3024, "HY000", text)


def not_supported(what: str) -> UpstreamError:
    return UpstreamError(1235, "42000", f"This version of askwire doesn't yet support '{what}'")
