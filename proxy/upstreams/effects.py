"""What a session variable that was set means to the database."""

from collections.abc import Sequence

from proxy.upstreams.metadata import Change
from proxy.upstreams.transactions import Transactions
from proxy.upstreams.types import Connection


def apply(changes: Sequence[Change], connection: Connection, transactions: Transactions) -> None:
    """Raises ``UpstreamError``. Variables that concern only the gateway's own answers are left alone."""
    for change in changes:
        match change.name:
            case "autocommit":
                transactions.set_autocommit(bool(change.value))
            case "transaction_read_only":
                transactions.set_read_only(bool(change.value))
            case "next_transaction_read_only":
                transactions.set_next_read_only(bool(change.value))
            case "time_zone":
                connection.set_time_zone(_zone(str(change.value)))
            case "max_execution_time":
                connection.set_timeout(int(str(change.value)) / 1000 or None)
            case "max_statement_time":  # MariaDB's, in seconds
                connection.set_timeout(float(str(change.value)) or None)


def _zone(value: str) -> str:
    return "UTC" if value.upper() == "SYSTEM" else value
