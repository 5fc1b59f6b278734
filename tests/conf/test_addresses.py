import pytest

from conf.addresses import is_loopback, split_address


@pytest.mark.parametrize(
    ("address", "split"),
    [
        ("127.0.0.1:3307", ("127.0.0.1", 3307)),
        ("[::1]:3307", ("::1", 3307)),
        ("DB.Example:1", ("db.example", 1)),
        ("localhost:0", ("localhost", 0)),
        ("h:65535", ("h", 65535)),
    ],
)
def test_host_and_port(address: str, split: tuple[str, int]) -> None:
    assert split_address(address) == split


@pytest.mark.parametrize(
    "address",
    [
        "",
        ":",
        "h",
        "h:",
        ":1",
        "h:1/",
        "h:1/x",
        "u@h:1",
        "u:p@h:1",
        ":p@h:1",
        "h:1?x=1",
        "h:1#x",
        "h:1\n",
        " h:1",
        "h:1 ",
    ],
)
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(ValueError, match="is not HOST:PORT"):
        split_address(address)


@pytest.mark.parametrize("address", ["h:65536", "h:-1", "h:x", "::1:3307", "[::1:3307", "h:1:2", "[h]:1"])
def test_ports_and_brackets_that_are_none(address: str) -> None:
    with pytest.raises(ValueError):
        split_address(address)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_this_machine_alone(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    ["0.0.0.0", "::", "10.0.0.1", "128.0.0.1", "", "localhost.example", "127.0.0.1.de", "127.1", "0x7f000001"],
)
def test_what_others_may_reach(host: str) -> None:
    """Also what only a resolver would take for this machine: nothing is looked up here."""
    assert not is_loopback(host)
