"""The MariaDB that the tests stand on: the sample shop, a few accounts, TLS, LOCAL INFILE, large packets."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from proxy.upstreams.sample_shop import sample_shop_sql
from tests.support.certificates import Certificates, make_certificates
from tests.support.private_mariadb import PrivateMariaDB

MAX_ALLOWED_PACKET = 64 << 20

ACCOUNTS = """
CREATE DATABASE scratch CHARACTER SET utf8mb4;
CREATE USER app@'%' IDENTIFIED BY 'secret';
GRANT ALL ON shop.* TO app@'%';
GRANT ALL ON scratch.* TO app@'%';
CREATE USER reader@'%' IDENTIFIED BY 'secret';
GRANT SELECT ON shop.regions TO reader@'%';
GRANT SELECT ON shop.products TO reader@'%';
GRANT SELECT (id, name, city, region_id) ON shop.customers TO reader@'%';
CREATE USER nobody@'%' IDENTIFIED BY 'secret';
CREATE USER open@'%';
GRANT SELECT ON shop.* TO open@'%';
CREATE USER tls_only@'%' IDENTIFIED BY 'secret' REQUIRE SSL;
GRANT SELECT ON shop.* TO tls_only@'%';
CREATE USER root@'127.0.0.1';
GRANT ALL ON *.* TO root@'127.0.0.1' WITH GRANT OPTION;
"""
ED25519_ACCOUNT = """
CREATE USER keyed@'%' IDENTIFIED VIA ed25519 USING PASSWORD('secret');
GRANT SELECT ON shop.* TO keyed@'%';
"""


@dataclass(frozen=True)
class ShopServer:
    """A running server. Accounts (from any host; password ``secret``):

    - ``app``: everything on ``shop`` and on the empty database ``scratch``;
    - ``reader``: SELECT on regions and products, and on customers (id, name, city, region_id); nothing else;
    - ``nobody``: may log in, no more; ``open``: no password, may read ``shop``; ``tls_only``: needs TLS;
    - ``keyed``: authentication by MariaDB's ed25519 (where ``has_ed25519``), may read ``shop``;
    - ``root``: from 127.0.0.1, no password, everything.
    """

    server: PrivateMariaDB
    certificates: Certificates
    has_ed25519: bool
    host: str = "127.0.0.1"

    @property
    def port(self) -> int:
        return self.server.port

    @property
    def url(self) -> str:
        """The upstream address as askwire takes it."""
        return f"mysql://{self.host}:{self.port}"

    def run_sql(self, sql: str | Path, *, database: str = "") -> str:
        """As administrator, over the socket; see ``PrivateMariaDB.run_sql``."""
        return self.server.run_sql(sql, database=database)


@contextmanager
def shop_server(arguments: Sequence[str] = ()) -> Iterator[ShopServer]:
    """Start one; ``arguments`` are added to mariadbd's."""
    with tempfile.TemporaryDirectory(prefix="askwire-tls-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        certificates = make_certificates(folder)
        options = (
            "--local-infile=1",
            f"--max-allowed-packet={MAX_ALLOWED_PACKET}",
            f"--ssl-ca={certificates.ca}",
            f"--ssl-cert={certificates.certificate}",
            f"--ssl-key={certificates.key}",
            *arguments,
        )
        with PrivateMariaDB(arguments=options) as server:
            has_ed25519 = _install_ed25519(server)
            server.run_sql(sample_shop_sql())
            server.run_sql(ACCOUNTS + (ED25519_ACCOUNT if has_ed25519 else ""))
            yield ShopServer(server, certificates, has_ed25519)


def _install_ed25519(server: PrivateMariaDB) -> bool:
    folder = Path(server.run_sql("SELECT @@plugin_dir").strip())
    if not (folder / "auth_ed25519.so").exists():
        return False
    server.run_sql("INSTALL SONAME 'auth_ed25519'")
    return True
