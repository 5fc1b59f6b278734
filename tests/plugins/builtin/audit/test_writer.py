import asyncio
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conf.audit import AuditSettings
from plugins import AnsweredStatement, AskwireError, ErrorCode, Facts, Stage
from plugins.builtin.audit.writer import Writer


def event(number: int, stage: Stage = Stage.ASKED) -> AnsweredStatement:
    return AnsweredStatement(
        *(str(number), stage, time.time(), "mysql://x", number, "u", "u@%", "127.0.0.1:1", None, "ask", "ASK 'x'", 0.1)
    )


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for path in sorted(folder.glob("chain-1/audit-*")) for line in path.open()]


async def test_many_at_once_are_all_written(tmp_path: Path) -> None:
    writer = Writer(AuditSettings(folder=str(tmp_path), max_file_bytes=2_000))
    writer.start()
    await asyncio.gather(*(writer.write(event(number)) for number in range(300)))
    written = {line["id"] for line in lines(tmp_path) if line["event"] == "asked"}
    assert written == {str(number) for number in range(300)}
    await writer.close()
    assert [line["seq"] for line in lines(tmp_path)] == list(range(1, 303))


@pytest.mark.parametrize("when_full", ["refuse", "go-on"])
async def test_a_full_queue(tmp_path: Path, when_full: Any) -> None:
    """Three wait for the thread, which is not there yet."""
    writer = Writer(AuditSettings(folder=str(tmp_path), queue_size=3, when_full=when_full))
    writer._loop = asyncio.get_running_loop()
    waiting = [asyncio.create_task(writer.write(event(number))) for number in range(3)]
    await asyncio.sleep(0)
    if when_full == "refuse":
        with pytest.raises(AskwireError, match="the queue is full") as refused:
            await writer.write(event(3))
        assert refused.value.code is ErrorCode.AUDIT_UNAVAILABLE
    else:
        await writer.write(event(3))
    writer.start()
    await asyncio.gather(*waiting)
    await writer.close()
    (gap,) = [line for line in lines(tmp_path) if line["event"] == "gap"]
    assert (gap["lines"], gap["statements"], gap["reason"]) == (1, 1, "the queue is full")
    assert writer.unwritten == 1


async def test_a_folder_that_comes_later(tmp_path: Path) -> None:
    """A file is in its place."""
    folder = tmp_path / "audit"
    folder.write_text("")
    writer = Writer(AuditSettings(folder=str(folder)))
    writer.start()
    with pytest.raises(AskwireError, match="cannot be written: File exists"):
        await writer.write(event(1))
    folder.unlink()
    await writer.write(event(2))
    await writer.close()
    assert [line["event"] for line in lines(folder)] == ["opened", "gap", "asked", "closed"]


async def test_after_its_end_it_refuses(tmp_path: Path) -> None:
    writer = Writer(AuditSettings(folder=str(tmp_path)))
    writer.start()
    await writer.close()
    with pytest.raises(AskwireError):
        await writer.write(event(1))


async def test_a_record_with_a_fault_is_not_lost_silently(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    writer = Writer(AuditSettings(folder=str(tmp_path)))
    writer.start()
    with pytest.raises(AskwireError, match="internal fault"):
        await writer.write(replace(event(1), facts=Facts(tables=5)))  # type: ignore[arg-type]
    await writer.write(event(2))
    await writer.close()
    capsys.readouterr()
    assert "gap" in [line["event"] for line in lines(tmp_path)]
