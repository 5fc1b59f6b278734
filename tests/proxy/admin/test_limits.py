"""Token buckets and whom they belong to."""

import pytest

from proxy.admin.limits import KEYS, Buckets, peer_key


def test_a_burst_then_a_rate():
    now = [0.0]
    buckets = Buckets(2.0, 3, clock=lambda: now[0])
    assert [buckets.take("a") for _ in range(3)] == [0, 0, 0]
    assert buckets.take("a") == 0.5
    assert buckets.take("b") == 0  # everybody has a bucket
    now[0] = 0.4
    assert buckets.take("a") == pytest.approx(0.1)
    now[0] = 0.5
    assert buckets.take("a") == 0
    now[0] = 100
    assert [buckets.take("a") > 0 for _ in range(4)] == [False, False, False, True]


def test_many_keys_are_bounded():
    buckets = Buckets(1, 1)
    for number in range(3 * KEYS):
        buckets.take(str(number))
    assert len(buckets._buckets) == KEYS


@pytest.mark.parametrize(
    ("host", "key"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("::ffff:10.1.2.3", "10.1.2.3"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("a.socket", "a.socket"),
    ],
)
def test_peers(host, key):
    assert peer_key(host) == key
