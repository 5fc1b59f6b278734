"""The error of a peer that breaks the protocol."""


class ProtocolError(Exception):
    """Bytes that do not fit the protocol: answered with an ERR packet, then the connection is closed.

    ``number`` and ``sqlstate`` are MySQL's own for the condition, never from 2000 to 2999: those numbers are the client
    libraries', and MariaDB's takes an ERR packet with one of them for malformed.
    """

    def __init__(self, number: int, sqlstate: str, message: str) -> None:
        assert not 2000 <= number < 3000
        super().__init__(message)
        self.number = number
        self.sqlstate = sqlstate
        self.message = message
