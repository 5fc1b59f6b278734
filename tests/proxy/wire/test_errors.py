import pytest

from proxy.wire.errors import ProtocolError


def test_what_it_carries() -> None:
    error = ProtocolError(1835, "HY000", "Malformed")
    assert (error.number, error.sqlstate, error.message, str(error)) == (1835, "HY000", "Malformed", "Malformed")


@pytest.mark.parametrize("number", [1999, 3000])
def test_numbers_beside_the_client_libraries(number: int) -> None:
    assert ProtocolError(number, "HY000", "").number == number


@pytest.mark.parametrize("number", [2000, 2013, 2999])
def test_a_client_librarys_own_number_is_never_sent(number: int) -> None:
    with pytest.raises(AssertionError):
        ProtocolError(number, "HY000", "")
