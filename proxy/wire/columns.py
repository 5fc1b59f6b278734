"""What a column definition packet says of a column.

https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_query_response_text_resultset_column_definition.html
"""

from dataclasses import dataclass
from enum import IntFlag

from mysql_mimic.types import ColumnType

__all__ = ["ColumnDefinition", "ColumnFlag", "ColumnType"]


class ColumnFlag(IntFlag):
    """https://dev.mysql.com/doc/dev/mysql-server/latest/group__group__cs__column__definition__flags.html"""

    NOT_NULL = 0x0001
    PRI_KEY = 0x0002
    UNIQUE_KEY = 0x0004
    MULTIPLE_KEY = 0x0008
    BLOB = 0x0010
    UNSIGNED = 0x0020
    BINARY = 0x0080
    ENUM = 0x0100
    AUTO_INCREMENT = 0x0200
    TIMESTAMP = 0x0400
    SET = 0x0800
    NUM = 0x8000


@dataclass(frozen=True, slots=True)
class ColumnDefinition:
    """``length`` is the display length in bytes; ``binary``: no character set (numbers, dates, bytes).

    ``extended_type`` (``uuid``, ``inet6``) and ``extended_format`` (``json``) are for MariaDB's clients.
    """

    name: str
    type: ColumnType
    length: int
    decimals: int = 0
    flags: int = 0  # of ColumnFlag
    binary: bool = False
    schema: str = ""
    table: str = ""
    original_table: str = ""
    original_name: str = ""
    extended_type: str = ""
    extended_format: str = ""
