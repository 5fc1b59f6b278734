"""Statements as the wire would have seen them."""

from plugins import SeenStatement, UpstreamError

UPSTREAM = "mysql://127.0.0.1:3306"


def seen(
    text: str, seconds: float = 0.1, *, user: str = "ann", rows: int | None = 1, failed: bool = False, weight: int = 1,
    session: int = 7, at: float = 100.0,
) -> SeenStatement:  # fmt: skip
    error = UpstreamError(1054, "42S22", "Unknown column") if failed else None
    return SeenStatement(text, seconds, rows, 100, error, user, "shop", session, UPSTREAM, at, weight)
