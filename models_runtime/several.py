"""Several answers to one prompt, of servers that know only a part of what is asked of them."""

import asyncio
import dataclasses
from collections.abc import Callable, Coroutine
from typing import Any

from plugins.engines import Completion, Request

Asking = Coroutine[Any, Any, list[Completion]]
Ask = Callable[[Request, int], Asking]


async def greedy_first(ask: Ask, request: Request, count: int) -> list[Completion]:
    """``ask`` for ``count`` answers; one that is greedy is asked for beside the sampled ones, at the same time."""
    if not (request.greedy_first and count > 1 and request.temperature > 0):
        return await ask(request, count)
    greedy = dataclasses.replace(request, temperature=0.0)
    sampled = dataclasses.replace(request, greedy_first=False, seed=request.seed + 1)
    return await together(ask(greedy, 1), ask(sampled, count - 1))


async def together(*asking: Asking) -> list[Completion]:
    """The answers of all; when one fails, the others are cancelled."""
    tasks = [asyncio.create_task(request) for request in asking]
    try:
        return [answer for answers in await asyncio.gather(*tasks) for answer in answers]
    finally:
        for task in tasks:
            task.cancel()
