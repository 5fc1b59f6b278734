import pytest

from plugins.functions import ALLOWED


@pytest.mark.parametrize("name", ["count", "coalesce", "concat", "date_add", "json_extract", "row_number"])
def test_functions_that_only_compute(name: str) -> None:
    assert name in ALLOWED


@pytest.mark.parametrize(
    "name",
    """
    sleep benchmark get_lock release_lock load_file nextval lastval setval master_pos_wait extractvalue updatexml
    user current_user session_user system_user version database connection_id last_insert_id row_count found_rows
    uuid random_bytes name_const default values_of sys_exec lo_import pg_read_file pg_sleep dblink read_csv copy
    """.split(),
)
def test_functions_that_wait_lock_read_or_tell(name: str) -> None:
    assert name not in ALLOWED


def test_names_are_in_small_letters() -> None:
    assert all(name == name.lower() and name.isidentifier() for name in ALLOWED)
