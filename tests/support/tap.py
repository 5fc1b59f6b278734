"""A gateway between two recorders."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.support.gateway import GatewayProcess
from tests.support.recorder import Recorder, Tap
from tests.support.shop_server import ShopServer


@contextmanager
def tapped(server: ShopServer, start: Callable[..., GatewayProcess]) -> Iterator[Tap]:
    """client -> recorder -> gateway -> recorder -> ``server``, both legs in clear."""
    with Recorder((server.host, server.port)) as inner:
        clear = {"client": "off", "upstream": "off"}
        with (
            start(upstream=f"mysql://127.0.0.1:{inner.port}", tls=clear) as gateway,
            Recorder((gateway.host, gateway.port)) as outer,
        ):
            yield Tap(outer, inner)
