"""The error of a peer that breaks the protocol."""


class ProtocolError(Exception):
    """Bytes that do not fit the protocol: answered with an ERR packet, then the connection is closed.

    ``number`` and ``sqlstate`` are MySQL's own for the condition.
    """

    def __init__(self, number: int, sqlstate: str, message: str) -> None:
        super().__init__(message)
        self.number = number
        self.sqlstate = sqlstate
        self.message = message
