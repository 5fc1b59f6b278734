"""MySQL's error numbers that databases' errors become, with their SQLSTATEs.

https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html
"""

from plugins.upstream import UpstreamError
from proxy.upstreams.backends.running import Stopped

_SQLSTATES = {
    1022: "23000",
    1036: "HY000",
    1007: "HY000",
    1040: "08004",
    1044: "42000",
    1045: "28000",
    1046: "3D000",
    1048: "23000",
    1049: "42000",
    1050: "42S01",
    1051: "42S02",
    1052: "23000",
    1054: "42S22",
    1055: "42000",
    1060: "42S21",
    1061: "42000",
    1062: "23000",
    1064: "42000",
    1065: "42000",
    1066: "42000",
    1068: "42000",
    1091: "42000",
    1059: "42000",
    1103: "42000",
    1109: "42S02",
    1136: "21S01",
    1142: "42000",
    1143: "42000",
    1146: "42S02",
    1158: "08S01",
    1179: "25000",
    1205: "HY000",
    1213: "40001",
    1216: "23000",
    1217: "23000",
    1222: "21000",
    1227: "42000",
    1235: "42000",
    1242: "21000",
    1264: "22003",
    1265: "01000",
    1292: "22007",
    1304: "42000",
    1305: "42000",
    1317: "70100",
    1364: "HY000",
    1365: "22012",
    1366: "HY000",
    1370: "42000",
    1406: "22001",
    1451: "23000",
    1452: "23000",
    1568: "25001",
    1582: "42000",
    1690: "22003",
    1792: "25006",
    3140: "22032",
    3819: "HY000",
}


def mysql_error(number: int, message: str) -> UpstreamError:
    """``message`` without the database's own prefixes; the SQLSTATE is the number's."""
    return UpstreamError(number, _SQLSTATES.get(number, "HY000"), message)


def stopped(why: Stopped) -> UpstreamError:
    """https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html#error_er_query_timeout"""
    if why is Stopped.TIMED_OUT:
        return mysql_error(3024, "Query execution was interrupted, maximum statement execution time exceeded")
    return mysql_error(1317, "Query execution was interrupted")


def lost(detail: str = "") -> UpstreamError:
    """The connection is no more."""
    return mysql_error(1158, "Lost connection to the database" + (f": {detail}" if detail else ""))


def denied(user: str, password: str) -> UpstreamError:
    using = "YES" if password else "NO"
    return mysql_error(1045, f"Access denied for user '{user}' (using password: {using})")


def unknown_database(name: str) -> UpstreamError:
    return mysql_error(1049, f"Unknown database '{name}'")


def unknown_time_zone(name: str) -> UpstreamError:
    return mysql_error(1298, f"Unknown or incorrect time zone: '{name}'")


def read_only() -> UpstreamError:
    return mysql_error(1792, "Cannot execute statement in a READ ONLY transaction.")
