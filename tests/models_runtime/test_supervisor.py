"""What the supervisor does when a connection breaks."""

import asyncio
import subprocess
from pathlib import Path

import httpx
import pytest
from structlog.testing import capture_logs

from models_runtime.process import Address, EngineProcess
from models_runtime.supervisor import ManagedProcess
from plugins.engines import EngineLost
from tests.models_runtime.helpers import settings_for, until


class WellProcess(ManagedProcess):
    """Its process always runs and is always ready."""

    launched = 0

    async def _launch(self) -> EngineProcess:
        self.launched += 1
        process = await asyncio.create_subprocess_exec("cat", stdin=subprocess.PIPE, start_new_session=True)
        return EngineProcess(process, Address(1, "token"))

    async def _health(self, address: Address) -> dict[str, str]:
        return {"state": "ready"}


@pytest.mark.parametrize("shared", [False, True])
async def test_a_connection_that_breaks_is_made_anew_when_the_process_is_well(tmp_path: Path, shared: bool) -> None:
    owner = WellProcess("m", "m", settings_for(tmp_path))
    follower = WellProcess("m", "m", settings_for(tmp_path))
    asked: list[httpx.AsyncClient] = []

    async def work(http: httpx.AsyncClient) -> str:
        asked.append(http)
        if len(asked) == 1:
            raise EngineLost("ReadError")
        return "answer"

    try:
        await owner.ready()
        assert await (follower if shared else owner).call(work) == "answer"
        assert len(set(map(id, asked))) == 2
        assert (owner.launched, follower.launched) == (1, 0)
    finally:
        await follower.stop()
        await owner.stop()


class HangingProcess(WellProcess):
    """The first that is launched answers once and never again."""

    hang_s = 0.4
    answered = 0

    async def _health(self, address: Address) -> dict[str, str]:
        self.answered += 1
        if self.launched == 1 and self.answered > 1:
            await asyncio.Event().wait()
        return await super()._health(address)


async def test_a_process_that_does_not_answer_is_launched_anew_however_long_the_answer_takes(tmp_path: Path) -> None:
    process = HangingProcess("m", "m", settings_for(tmp_path))
    try:
        await process.ready()
        await until(lambda: process.launched > 1)
        await process.ready()
    finally:
        await process.stop()


class WaitingProcess(ManagedProcess):
    """It looks for its file again and again."""

    looked = 0

    async def _launch(self) -> EngineProcess:
        while True:
            self._set("file missing", "has no file")
            self.looked += 1
            await asyncio.sleep(0)


async def test_what_is_missing_is_logged_once(tmp_path: Path) -> None:
    process = WaitingProcess("m", "m", settings_for(tmp_path))
    with capture_logs() as logs:
        process.start()
        try:
            await until(lambda: process.looked > 3)
            assert process.state == "has no file"
        finally:
            await process.stop()
    assert [log["state"] for log in logs] == ["starting", "file missing", "not started"]
