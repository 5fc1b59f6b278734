"""SHOW STATUS: the counters of a MySQL 8.4 server; the owner of the session tells those that it knows.

https://dev.mysql.com/doc/refman/8.4/en/server-status-variable-reference.html
"""

from collections.abc import Iterator

from proxy.upstreams.metadata.session import SessionView
from proxy.upstreams.metadata.system_variables import data_lines

_DEFAULTS: dict[str, str | int] = {
    **dict.fromkeys(data_lines("status.txt"), 0),
    "Compression": "OFF",
    "Innodb_page_size": 16384,
    "Last_query_cost": "0.000000",
    "Ssl_cipher": "",
    "Ssl_cipher_list": "",
    "Ssl_version": "",
    "Threads_connected": 1,
    "Threads_running": 1,
}


def status_rows(view: SessionView) -> Iterator[tuple[str, str]]:
    """Names and values, by name; those of ``view.status()`` take the place of the defaults."""
    found = _DEFAULTS | dict(view.status())
    for name in sorted(found):
        yield name, str(found[name])
