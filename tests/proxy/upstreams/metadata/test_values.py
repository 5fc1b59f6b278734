"""Which values a system variable takes."""

from decimal import Decimal

import pytest

from plugins import UpstreamError
from proxy.upstreams.metadata.system_variables import Kind, Scope, SystemVariable, system_variables
from proxy.upstreams.metadata.values import SQL_MODES, checked, sql_mode, time_zone


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("autocommit", "ON", 1),
        ("autocommit", b"off", 0),
        ("autocommit", True, 1),
        ("autocommit", " true ", 1),
        ("max_allowed_packet", -5, 0),
        ("max_allowed_packet", 1 << 70, (1 << 64) - 1),
        ("character_set_results", None, None),
        ("character_set_client", "UTF8MB4", "utf8mb4"),
        ("collation_connection", "UTF8MB4_BIN", "utf8mb4_bin"),
        ("transaction_isolation", "read-committed", "READ-COMMITTED"),
        ("time_zone", "system", "SYSTEM"),
    ],
)
def test_kept(name: str, value: object, kept: object) -> None:
    assert checked(system_variables()[name], value) == kept


@pytest.mark.parametrize(
    ("name", "value", "number"),
    [
        ("autocommit", None, 1231),
        ("autocommit", 2, 1231),
        ("autocommit", "maybe", 1231),
        ("autocommit", 1.0, 1232),
        ("max_allowed_packet", "1", 1232),
        ("max_allowed_packet", Decimal(1), 1232),
        ("character_set_client", "utf16", 1231),
        ("character_set_client", "klingon", 1115),
        ("character_set_client", 45, 1232),
        ("collation_connection", "klingon", 1273),
        ("time_zone", "Mars/Base", 1298),
        ("transaction_isolation", "NONE", 1231),
        ("transaction_isolation", 99, 1231),
        ("transaction_isolation", -1, 1231),
        ("sql_mode", None, 1231),
        ("sql_mode", 1.5, 1232),
        ("sql_mode", -1, 1231),
        ("sql_mode", 1 << 60, 1231),
        ("sql_mode", "NO_SUCH_MODE", 1231),
        ("sql_mode", "ANSI_QUOTES", 1235),
        ("sql_mode", "ANSI", 1235),
        ("sql_mode", "NO_BACKSLASH_ESCAPES", 1235),
        ("sql_mode", 1 << SQL_MODES["ANSI_QUOTES"], 1235),
    ],
)
def test_refused(name: str, value: object, number: int) -> None:
    with pytest.raises(UpstreamError) as caught:
        checked(system_variables()[name], value)
    assert caught.value.number == number


@pytest.mark.parametrize(("value", "kept"), [(1, 1.0), (Decimal("0.5"), 0.5), ("x", None)])
def test_a_real(value: object, kept: float | None) -> None:
    variable = SystemVariable("r", Scope.BOTH, Kind.REAL, 0.0)
    if kept is not None:
        assert checked(variable, value) == kept
        return
    with pytest.raises(UpstreamError):
        checked(variable, value)


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("+2:00", "+02:00"),
        ("+14:00", "+14:00"),
        ("-13:59", "-13:59"),
        ("europe/BERLIN", "Europe/Berlin"),
        ("+14:01", None),
        ("-14:00", None),
        ("+02:60", None),
        ("+0٢:0٠", None),
        ("../etc/passwd", None),
        ("", None),
    ],
)
def test_time_zone(text: str, zone: str | None) -> None:
    if zone is not None:
        assert time_zone(text) == zone
        return
    with pytest.raises(UpstreamError) as caught:
        time_zone(text)
    assert caught.value.number == 1298


@pytest.mark.parametrize(
    ("value", "modes"),
    [
        ("", ""),
        (0, ""),
        ("no_zero_date, STRICT_ALL_TABLES,", "STRICT_ALL_TABLES,NO_ZERO_DATE"),
        (1 << SQL_MODES["NO_ZERO_DATE"], "NO_ZERO_DATE"),
        (
            "TRADITIONAL",
            "STRICT_TRANS_TABLES,STRICT_ALL_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,"
            "TRADITIONAL,NO_ENGINE_SUBSTITUTION",
        ),
    ],
)
def test_sql_mode(value: object, modes: str) -> None:
    assert sql_mode(value) == modes
