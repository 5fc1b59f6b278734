"""What the gateway makes of a reading process's end and words; the process itself: test_load, test_attacks."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from knowledge.loading import process
from knowledge.loading.process import Budget, LoadProcess, ProcessFailed
from knowledge.loading.types import Limits


def test_a_file_has_its_own_seconds_and_all_have_theirs() -> None:
    budget = Budget(10, 25)
    budget.spend(4)
    assert (budget.left, budget.is_spent) == (6, False)
    budget.spend(8)
    assert budget.left == 0
    budget.begin()
    assert budget.left == 10
    budget.spend(9)
    budget.begin()
    assert budget.left == 4  # of all
    budget.spend(5)
    assert (budget.left, budget.is_spent, budget.seconds) == (0, True, 10)


async def read_from(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str, seconds: float = 30) -> Any:
    """The first message of a process that runs ``script`` in the place of the loader."""
    start = asyncio.create_subprocess_exec

    async def started(*_command: str, **given: Any) -> asyncio.subprocess.Process:
        assert given["env"].keys() == {"PATH", "LANG", "TOKENIZERS_PARALLELISM"}
        assert os.listdir(given["cwd"]) == []
        return await start(sys.executable, "-I", "-c", script, **given)

    monkeypatch.setattr(process.asyncio, "create_subprocess_exec", started)
    file = tmp_path / "file"
    file.write_text("x")
    with file.open("rb") as opened:
        async with LoadProcess(opened.fileno(), Limits(), {"name": "file"}) as reading:
            return await reading.read(Budget(seconds, seconds))


async def test_a_message(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    script = (
        "import json, sys; c = json.loads(sys.stdin.readline()); print(json.dumps({'said': c['name']}), flush=True)"
    )
    assert await read_from(monkeypatch, tmp_path, script) == {"said": "file"}


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("print('no json', flush=True)", "cannot be read: the process that read it went wrong"),
        ("print('[1]', flush=True)", "cannot be read: the process that read it went wrong"),
        ("print('x' * 3_000_000, flush=True)", "cannot be read: the process that read it went wrong"),
        ("print('[' * 100_000, flush=True)", "cannot be read: the process that read it went wrong"),
        ("", "is broken: the process that read it was ended"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGXCPU)", "took longer than 30 seconds"),
        (
            "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
            "needs more memory than allowed, or is broken: the process that read it was ended",
        ),
    ],
)
async def test_what_is_no_message(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str, said: str) -> None:
    with pytest.raises(ProcessFailed) as caught:
        await read_from(monkeypatch, tmp_path, script)
    assert str(caught.value) == said


async def test_one_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(ProcessFailed, match=r"took longer than 0\.1 seconds"):
        await read_from(monkeypatch, tmp_path, "import time; time.sleep(600)", 0.1)
