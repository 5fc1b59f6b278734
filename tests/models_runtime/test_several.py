import asyncio

import pytest

from models_runtime.several import greedy_first, together
from plugins.engines import Completion, Request

PLAIN = Request("s", "u", temperature=0.7, seed=3)
MIXED = Request("s", "u", temperature=0.7, seed=3, greedy_first=True)


class Server:
    """Answers with the temperature and seed that it is asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[float, int, int]] = []

    async def __call__(self, request: Request, count: int) -> list[Completion]:
        self.asked.append((request.temperature, request.seed, count))
        return [Completion(f"{request.temperature} {request.seed + n}", "m") for n in range(count)]


@pytest.mark.parametrize(
    ("request_", "count"), [(PLAIN, 3), (MIXED, 1), (Request("s", "u", seed=3, greedy_first=True), 3)]
)
async def test_answers_of_one_kind_are_asked_for_at_once(request_: Request, count: int) -> None:
    server = Server()
    assert len(await greedy_first(server, request_, count)) == count
    assert server.asked == [(request_.temperature, 3, count)]


async def test_the_first_is_greedy_and_the_others_keep_their_seeds() -> None:
    server = Server()
    found = await greedy_first(server, MIXED, 3)
    assert [answer.text for answer in found] == ["0.0 3", "0.7 4", "0.7 5"]
    assert sorted(server.asked) == [(0.0, 3, 1), (0.7, 4, 2)]


async def test_when_one_fails_the_others_end() -> None:
    ended = asyncio.Event()

    async def endless() -> list[Completion]:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return []

    async def fails() -> list[Completion]:
        await asyncio.sleep(0)
        raise OSError("lost")

    with pytest.raises(OSError, match="lost"):
        await together(endless(), fails())
    await asyncio.wait_for(ended.wait(), 5)
