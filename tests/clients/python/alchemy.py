"""SQLAlchemy: ``alchemy.py HOST PORT plain|ask pymysql|mysqldb|mysqlconnector``; also reads the schema back."""

from typing import Any

import sqlalchemy as sa
from common import (
    DATABASE,
    DRIVER,
    HOST,
    PARAMETERS,
    PART,
    PASSWORD,
    PORT,
    QUESTION,
    USER,
    show,
    show_error,
    statements,
)

URL = f"mysql+{DRIVER}://{USER}:{PASSWORD}@{HOST}:{PORT}/{DATABASE}?charset=utf8mb4"


def run(connection: sa.Connection, label: str, statement: Any, parameters: Any = None) -> None:
    try:
        result = connection.execute(statement, parameters)
        if result.returns_rows:
            show(label, list(result.keys()), result.all())
        else:
            show(label, None, (), result.rowcount, result.lastrowid)
    except sa.exc.DBAPIError as error:
        show_error(label, error.orig or error)


def work(connection: sa.Connection) -> None:
    for label, sql in statements():
        run(connection, label, sa.text(sql))
    if PART == "ask":
        run(connection, "prepared", sa.text("ASK :question"), {"question": QUESTION})
        run(connection, "after prepared", sa.text("SELECT 'alive'"))
        return
    for given, lowest in PARAMETERS:
        bound = {"given": given, "lowest": lowest}
        run(connection, "prepared", sa.text("SELECT id, name, :given AS given FROM regions WHERE id >= :lowest"), bound)
    inspector = sa.inspect(connection)
    for table in sorted(inspector.get_table_names()):
        described = [(column["name"], column["type"], column["nullable"]) for column in inspector.get_columns(table)]
        show(f"columns of {table}", ["name", "type", "nullable"], described)
        keys = [(key["constrained_columns"], key["referred_table"]) for key in inspector.get_foreign_keys(table)]
        show(f"keys of {table}", ["columns", "refers to"], keys)


engine = sa.create_engine(URL)
with engine.connect() as connection:
    work(connection)
engine.dispose()
