"""How much a peer or a token may ask for."""

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable

KEYS = 4096


class Buckets:
    """A token bucket for each key: ``burst`` at once, ``rate`` per second after that. The longest unused goes."""

    def __init__(self, rate: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # (left, when that was)

    def take(self, key: str) -> float:
        """Take one; 0.0 when there was one, else the seconds until there will be."""
        now = self._clock()
        left, then = self._buckets.get(key, (self._burst, now))
        left = min(self._burst, left + (now - then) * self._rate)
        granted = left >= 1
        self._buckets[key] = (left - 1 if granted else left, now)
        self._buckets.move_to_end(key)
        while len(self._buckets) > KEYS:
            self._buckets.popitem(last=False)
        return 0.0 if granted else (1 - left) / self._rate


def peer_key(host: str) -> str:
    """What one peer has to itself: an IPv4 address, or the /64 of an IPv6 address."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if address.version == 4:
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((int(address) >> 64 << 64, 64)))
