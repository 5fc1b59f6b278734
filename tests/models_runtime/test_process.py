"""Starting an engine's process, and ending it."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from conf.settings import load_settings
from models_runtime.process import Address, EngineProcess, start_engine


class Ending:
    """A process whose end the test decides."""

    stdin = None
    pid = 0

    def __init__(self) -> None:
        self.ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def wait(self) -> int:
        return await self.ended


@pytest.mark.parametrize("moments", range(4))
async def test_a_cancellation_is_not_lost_when_the_process_ends_at_that_moment(
    monkeypatch: pytest.MonkeyPatch, moments: int
) -> None:
    monkeypatch.setattr("models_runtime.process.os.killpg", lambda _group, _signal: None)
    process = Ending()
    stopping = asyncio.create_task(EngineProcess(process, Address(1, "t")).stop())  # type: ignore[arg-type]
    await asyncio.sleep(0)
    process.ended.set_result(0)
    for _ in range(moments):
        await asyncio.sleep(0)
    taken = stopping.cancel()  # False where it was over before
    assert taken or moments
    await asyncio.wait({stopping})
    assert stopping.cancelled() is taken


async def test_what_it_started_ends_with_it() -> None:
    script = "import subprocess, sys; p = subprocess.Popen(['sleep', '60']); print(p.pid, flush=True); sys.stdin.read()"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", script), stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    )
    assert process.stdout is not None
    child = int(await process.stdout.readline())
    await EngineProcess(process, Address(1, "t")).stop()
    state = await asyncio.to_thread(
        subprocess.run, ["ps", "-o", "stat=", "-p", str(child)], capture_output=True, text=True
    )
    assert state.stdout.strip()[:1] in ("", "Z")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({}, {"GOMP_SPINCOUNT=3000", "OMP_WAIT_POLICY=PASSIVE"}),
        ({"GOMP_SPINCOUNT": "7"}, {"GOMP_SPINCOUNT=7", "OMP_WAIT_POLICY=PASSIVE"}),
        ({"OMP_WAIT_POLICY": "ACTIVE"}, {"OMP_WAIT_POLICY=ACTIVE"}),
    ],
)
async def test_its_environment_has_no_secrets_and_the_operators_threads(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, said: dict[str, str], told: set[str]
) -> None:
    settings = load_settings(data_dir=str(tmp_path))
    monkeypatch.setenv("ASKWIRE_MODELS__HOUSE__API_KEY", "geheim")
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    for name in ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in said.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "run").mkdir()
    process = await start_engine("small", tmp_path / "missing.gguf", settings)
    environment = Path(f"/proc/{process.pid}/environ").read_text().split("\0")
    await process.stop()
    assert {each for each in environment if each.startswith(("GOMP_SPIN", "OMP_WAIT"))} == told
    assert not any(each.startswith(("ASKWIRE_", "PYTHON")) for each in environment)
