import json
from typing import Any

import pytest
import structlog

from conf.logs import configure_logs
from conf.settings import LogSettings


def test_json_lines_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(LogSettings(format="json", level="warning"))
    log = structlog.get_logger("askwire.test")
    log.info("too_quiet")
    log.warning("heard", connection=7)
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    entry = json.loads(line)
    assert (entry["event"], entry["level"], entry["connection"]) == ("heard", "warning", 7)


def test_text(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(LogSettings(format="text"))
    structlog.get_logger("askwire.test").info("heard", connection=7)
    assert "heard" in capsys.readouterr().err


@pytest.mark.parametrize("form", ["json", "text"])
def test_tracebacks_hold_no_values(capsys: pytest.CaptureFixture[str], form: Any) -> None:
    configure_logs(LogSettings(format=form))

    def fail(password: str) -> None:
        raise ValueError(len(password))

    try:
        fail("gehe" + "im")
    except ValueError:
        structlog.get_logger("askwire.test").exception("failed")
    written = capsys.readouterr().err
    assert "ValueError" in written
    assert "geheim" not in written
