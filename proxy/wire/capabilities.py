"""Which capabilities the gateway lets the two legs negotiate.

https://dev.mysql.com/doc/dev/mysql-server/latest/group__group__cs__capabilities__flags.html
https://mariadb.com/kb/en/connection/#capabilities

Both legs end with the same capabilities, TLS excepted: what is left of the upstream's greeting is offered to the
client, and what the client takes of that is all that the upstream is asked for.
"""

from dataclasses import dataclass

from mysql_mimic.types import Capabilities

LONG_PASSWORD = int(Capabilities.CLIENT_LONG_PASSWORD)  # MariaDB's CLIENT_MYSQL: when unset, extended bits follow
CONNECT_WITH_DB = int(Capabilities.CLIENT_CONNECT_WITH_DB)
PROTOCOL_41 = int(Capabilities.CLIENT_PROTOCOL_41)
SSL = int(Capabilities.CLIENT_SSL)
SECURE_CONNECTION = int(Capabilities.CLIENT_SECURE_CONNECTION)
PLUGIN_AUTH = int(Capabilities.CLIENT_PLUGIN_AUTH)
LENENC_AUTH = int(Capabilities.CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA)
MULTI_FACTOR = int(Capabilities.MULTI_FACTOR_AUTHENTICATION)

# Never offered. Compression: the gateway reads packets. OPTIONAL_RESULTSET_METADATA: result sets would have a shape
# that the session's SET statements change. Bit 29 announces more capabilities that are not defined yet; to old
# MariaDB clients it meant progress reports, which are ERR packets in the middle of a reply.
MASKED = int(
    Capabilities.CLIENT_COMPRESS
    | Capabilities.CLIENT_ZSTD_COMPRESSION_ALGORITHM
    | Capabilities.CLIENT_OPTIONAL_RESULTSET_METADATA
    | Capabilities.CLIENT_CAPABILITY_EXTENSION
)

MARIADB_STMT_BULK_OPERATIONS = 1 << 2
MARIADB_EXTENDED_METADATA = 1 << 3
MARIADB_CACHE_METADATA = 1 << 4
MARIADB_BULK_UNIT_RESULTS = 1 << 5

# Offered of MariaDB's extended bits; an unknown one is not. Left out: progress reports (bit 0, see above), COM_MULTI
# (bit 1, withdrawn), and CACHE_METADATA: a prepared ASK answers with the result of another statement, whose columns
# the client has not seen, so they must not be left out.
MARIADB_OFFERED = MARIADB_STMT_BULK_OPERATIONS | MARIADB_EXTENDED_METADATA | MARIADB_BULK_UNIT_RESULTS


def offered(upstream: int, *, tls: bool) -> int:
    """What the client is offered of the ``upstream``'s capabilities; SSL is the gateway's own to offer."""
    return (upstream & ~(MASKED | SSL)) | (SSL if tls else 0)


def mariadb_offered(upstream: int) -> int:
    return upstream & MARIADB_OFFERED


def negotiated(client: int, offer: int) -> int:
    """What both sides know, without SSL. The client's LONG_PASSWORD tells the upstream how to read the response."""
    return (client & offer & ~SSL) | (client & LONG_PASSWORD)


@dataclass(frozen=True, slots=True)
class Dialect:
    """What was negotiated that changes how replies look; the same on both legs."""

    capabilities: int
    mariadb_capabilities: int = 0

    @property
    def deprecate_eof(self) -> bool:
        return bool(self.capabilities & Capabilities.CLIENT_DEPRECATE_EOF)

    @property
    def extended_metadata(self) -> bool:
        return bool(self.mariadb_capabilities & MARIADB_EXTENDED_METADATA)

    @property
    def query_attributes(self) -> bool:
        return bool(self.capabilities & Capabilities.CLIENT_QUERY_ATTRIBUTES)
