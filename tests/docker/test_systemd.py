"""The systemd unit, by systemd's own tools."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from conf.settings import load_settings
from tests.docker.dockerfile import ROOT

UNIT = ROOT / "docker" / "askwire.service"


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """With a command that is there."""
    copy = tmp_path / UNIT.name
    askwire = Path(sys.executable).with_name("askwire")
    copy.write_text(UNIT.read_text().replace("/opt/askwire/bin/askwire", str(askwire)))
    return copy


def test_systemd_finds_nothing(unit: Path) -> None:
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_it_is_confined(unit: Path) -> None:
    words = ["systemd-analyze", "security", "--offline=yes", "--no-pager", "--threshold=20", unit]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout  # exposure of 2.0 at most, of 10


def test_it_starts_what_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    text = UNIT.read_text()
    command = re.search(r"^ExecStart=\S+ (\S+) --config \$\{CREDENTIALS_DIRECTORY\}/(\S+)$", text, re.MULTILINE)
    assert command is not None
    assert command[1] == "serve"
    assert f"LoadCredential={command[2]}:" in text
    environment = re.search(r"^Environment=(.*)$", text, re.MULTILINE)
    assert environment is not None
    for pair in environment[1].split():
        monkeypatch.setenv(*pair.split("=", 1))
    assert str(load_settings().data_path) == "/var/lib/askwire"
    stop = re.search(r"^TimeoutStopSec=(\d+)$", text, re.MULTILINE)
    assert stop is not None
    assert int(stop[1]) > load_settings().drain_timeout_s + 10
