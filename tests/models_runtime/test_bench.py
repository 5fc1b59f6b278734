"""``askwire model bench`` with the real model."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from models_runtime.commands import commands

pytestmark = pytest.mark.usefixtures("model_path")


def test_every_combination_is_measured(tmp_path: Path) -> None:
    options = ["--parallel", "1,2", "--input", "64,3000", "--output", "4", "--data-dir", str(tmp_path)]
    (tmp_path / "small.toml").write_text("[model]\ncontext_tokens = 1024\n")
    ended = CliRunner().invoke(commands, ["bench", *options, "--config", str(tmp_path / "small.toml")])
    assert ended.exit_code == 0, ended.output
    rows = [line.split() for line in ended.stdout.splitlines() if re.match(r"\s+\d", line)]
    assert [row[0] for row in rows] == ["1", "2", "1", "2"]
    for row in rows[:2]:
        assert abs(int(row[1]) - 64) < 16
        assert int(row[2]) == 4
        first, warm, latency, prefill, decode, throughput = map(float, row[3:])
        assert 0 < warm <= first <= latency
        assert min(prefill, decode, throughput) > 0
    assert all(row[2:] == ["too", "long"] for row in rows[2:])
