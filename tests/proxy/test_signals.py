import asyncio
import os
import signal

import pytest

from proxy.signals import stop_event


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_sets_the_event(number: signal.Signals) -> None:
    before = signal.getsignal(signal.SIGINT)
    stop = stop_event()
    try:
        assert not stop.is_set()
        os.kill(os.getpid(), number)
        await asyncio.wait_for(stop.wait(), 10)
    finally:
        for each in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().remove_signal_handler(each)
        signal.signal(signal.SIGINT, before)
