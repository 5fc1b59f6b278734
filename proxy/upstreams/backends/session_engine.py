"""A SQLAlchemy connection over a driver's connection that is ours: for the inspector, nothing more."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import NullPool


def borrowed(url: str, driver: Any) -> sa.Connection:
    """It reads over the session and leaves its transactions alone: its own commit and rollback do nothing."""
    engine = sa.create_engine(url, creator=lambda: driver, poolclass=NullPool, pool_reset_on_return=None)
    leave_transactions_alone(engine)
    return engine.connect()


def leave_transactions_alone(engine: sa.Engine) -> None:
    """What opens and ends transactions here is the session, with statements of its own."""
    nothing: Callable[[object], None] = lambda connection: None  # noqa: E731
    for name in ("do_begin", "do_commit", "do_rollback"):
        setattr(engine.dialect, name, nothing)
