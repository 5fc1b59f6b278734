from pymysql.constants import CLIENT

from proxy.wire.capabilities import mariadb_offered, negotiated, offered

COMPRESSION = (1 << 5) | (1 << 26)


def test_offer() -> None:
    shown = offered(0xFFFFFFFF, tls=False)
    assert not shown & (COMPRESSION | CLIENT.SSL | (1 << 25) | (1 << 29))
    assert shown | COMPRESSION | CLIENT.SSL | (1 << 25) | (1 << 29) == 0xFFFFFFFF
    assert offered(0xFFFFFFFF, tls=True) == shown | CLIENT.SSL
    assert offered(0, tls=True) == CLIENT.SSL


def test_mariadb_offer_holds_only_what_is_known() -> None:
    assert mariadb_offered(0xFFFFFFFF) == 0b101100
    assert mariadb_offered(0b1000) == 0b1000


def test_negotiated() -> None:
    offer = CLIENT.PROTOCOL_41 | CLIENT.MULTI_STATEMENTS | CLIENT.SSL
    assert negotiated(CLIENT.PROTOCOL_41 | CLIENT.SSL | CLIENT.COMPRESS, offer) == CLIENT.PROTOCOL_41
    assert negotiated(CLIENT.PROTOCOL_41 | CLIENT.LONG_PASSWORD, offer) == CLIENT.PROTOCOL_41 | CLIENT.LONG_PASSWORD
