"""Column definitions as the gateway writes them, read by PyMySQL: the flags mean the same to a client."""

import pytest
from pymysql.constants import FLAG
from pymysql.protocol import FieldDescriptorPacket

from proxy.wire.charsets import UTF8MB4
from proxy.wire.columns import ColumnDefinition, ColumnFlag, ColumnType
from proxy.wire.encode import column_definition
from tests.proxy.wire.replies import DIALECTS


@pytest.mark.parametrize("flag", ColumnFlag, ids=lambda flag: flag.name)
def test_a_flag_is_the_one_that_clients_know_by_its_name(flag: ColumnFlag) -> None:
    assert flag.name is not None
    assert int(flag) == getattr(FLAG, flag.name, 0x8000)  # NUM: clients set it, PyMySQL has no name for it


def test_no_flag_is_another() -> None:
    assert len({int(flag) for flag in ColumnFlag}) == len(ColumnFlag)


@pytest.mark.parametrize(("binary", "character_set"), [(False, 45), (True, 63)])
def test_what_a_client_reads(binary: bool, character_set: int) -> None:
    column = ColumnDefinition(
        name="Größe",
        type=ColumnType.VAR_STRING,
        length=1020,
        decimals=2,
        flags=ColumnFlag.NOT_NULL | ColumnFlag.PRI_KEY,
        binary=binary,
        schema="shop",
        table="o",
        original_table="orders",
        original_name="size",
    )
    field = FieldDescriptorPacket(column_definition(column, DIALECTS["classic"], UTF8MB4), "utf-8")
    assert (field.db, field.table_name, field.org_table, field.name, field.org_name) == (
        b"shop",
        "o",
        "orders",
        "Größe",
        "size",
    )
    assert (field.type_code, field.length, field.scale, field.flags) == (253, 1020, 2, 3)
    assert field.charsetnr == character_set
