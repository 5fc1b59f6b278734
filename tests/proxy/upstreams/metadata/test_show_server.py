"""SHOW about the server and the session: one's own, and nobody else's."""

import pytest

from plugins import UpstreamError
from proxy.upstreams.metadata import Metadata, Process, Warning
from proxy.upstreams.metadata.show_server import REPLICATION
from tests.proxy.upstreams.metadata.conftest import Ask


def test_grants(ask: Ask) -> None:
    assert [row[0] for row in ask("SHOW GRANTS FOR CURRENT_USER()")] == [
        "GRANT USAGE ON *.* TO `ann`@`%`",
        "GRANT ALL PRIVILEGES ON `shop`.* TO `ann`@`%`",
    ]
    assert ask("SHOW GRANTS FOR 'ann'@'%'") == ask("SHOW GRANTS")


def test_warnings(duckdb_metadata: Metadata, ask: Ask) -> None:
    duckdb_metadata.view.warnings = [Warning("Note", 1, "a"), Warning("Error", 2, "b"), Warning("Warning", 3, "c")]
    assert ask("SHOW WARNINGS LIMIT 1, 5") == [("Error", 2, "b"), ("Warning", 3, "c")]
    assert ask("SHOW WARNINGS LIMIT 1 OFFSET 2") == [("Warning", 3, "c")]
    assert ask("SHOW ERRORS") == [("Error", 2, "b")]
    assert ask("SHOW COUNT(*) WARNINGS") == ask("SELECT @@warning_count") == [(3,)]
    assert ask("SHOW COUNT(*) ERRORS") == ask("SELECT @@error_count") == [(1,)]


def test_processlist(duckdb_metadata: Metadata, ask: Ask) -> None:
    long = "SELECT " + "1" * 200
    duckdb_metadata.view.processes = lambda: [Process(7, "ann", "127.0.0.1:5", "shop", "Query", 3, "executing", long)]
    assert ask("SHOW PROCESSLIST") == [(7, "ann", "127.0.0.1:5", "shop", "Query", 3, "executing", long[:100])]
    assert ask("SHOW FULL PROCESSLIST")[0][-1] == long
    assert ask("SELECT id, info FROM information_schema.processlist") == [(7, long)]


def test_status_is_the_owners(duckdb_metadata: Metadata, ask: Ask) -> None:
    duckdb_metadata.view.status = lambda: {"Uptime": 12, "Ssl_cipher": "TLS_AES_256_GCM_SHA384"}
    assert ask("SHOW STATUS LIKE 'uptime'") == [("Uptime", "12")]
    assert ask("SHOW STATUS LIKE 'Ssl_cipher'") == [("Ssl_cipher", "TLS_AES_256_GCM_SHA384")]


@pytest.mark.parametrize(
    ("limit", "first"),
    [("0", []), ("2", [0, 1]), ("1,2", [1, 2]), ("2 OFFSET 3", [3, 4]), ("9, 9", []), ("9" * 20, [0, 1, 2, 3, 4])],
)
def test_a_part_of_the_warnings(duckdb_metadata: Metadata, ask: Ask, limit: str, first: list[int]) -> None:
    duckdb_metadata.view.warnings = [Warning("Note", code, "m") for code in range(5)]
    assert [row[1] for row in ask(f"SHOW WARNINGS LIMIT {limit}")] == first


@pytest.mark.parametrize(
    ("sql", "number"),
    [
        *((f"SHOW WARNINGS LIMIT {limit}", 1064) for limit in ("", "-1", "1.5", "'1'", "`1`", "1,", "1 x", "1 OFFSET")),
        *((f"SHOW WARNINGS LIMIT {limit}", 1064) for limit in ("\u00b2", "\u0663", "9" * 5000)),
        ("SHOW COUNT(*) NOTES", 1064),
        ("SHOW GRANTS FOR bob", 1044),
        ("SHOW GRANTS FOR ann@otherwhere", 1044),
        ("SHOW GRANTS FOR CURRENT_USER(", 1064),
        ("SHOW GRANTS FOR", 1064),
        ("SHOW ENGINE", 1064),
        ("SHOW ENGINE INNODB", 1064),
        ("SHOW ENGINE INNODB MUTEX", 1227),
        ("SHOW SLAVE", 1064),
        *((f"SHOW  {what.replace(' ', '  ')}", 1227) for what in REPLICATION),
    ],
)
def test_what_is_wrong_or_not_for_this_account(duckdb_metadata: Metadata, sql: str, number: int) -> None:
    with pytest.raises(UpstreamError) as caught:
        duckdb_metadata.answer(sql)
    assert caught.value.number == number
