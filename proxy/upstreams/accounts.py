"""Who may log in: the database's own accounts, else the configured user table, else whoever is on this machine."""

from collections.abc import Mapping

from plugins import UpstreamError
from proxy.upstreams.passwords import verify
from proxy.upstreams.types import Backend, Connection
from proxy.wire.server_login import Credentials, denied


class Accounts:
    """``hashes``: user name -> hashed password, for databases that have no accounts of their own."""

    def __init__(self, backend: Backend, hashes: Mapping[str, str]) -> None:
        self._backend = backend
        self._hashes = hashes

    def open(self, credentials: Credentials, host: str, *, local: bool) -> Connection:
        """The person's own session with the database. ``local``: the client is on this machine's loopback.

        Raises ``ProtocolError`` or ``UpstreamError`` (1045) for whoever may not log in.
        """
        if self._backend.has_accounts:
            try:
                return self._backend.connect(credentials.user, credentials.password)
            except UpstreamError as error:
                if error.number != 1045:
                    raise
                raise self._denied(credentials, host) from None
        if not self._known(credentials, local):
            raise self._denied(credentials, host)
        return self._backend.connect("", "")

    def _known(self, credentials: Credentials, local: bool) -> bool:
        if not self._hashes:
            return local and not credentials.password
        return verify(credentials.password, self._hashes.get(credentials.user))

    @staticmethod
    def _denied(credentials: Credentials, host: str) -> Exception:
        return denied(credentials.user, password=bool(credentials.password), host=host)
