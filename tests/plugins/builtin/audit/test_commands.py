import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from plugins.builtin.audit.chain import Hasher
from plugins.builtin.audit.commands import commands
from plugins.builtin.audit.files import ChainFiles

run = CliRunner().invoke


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two chains, in turns."""
    chains = [ChainFiles(tmp_path, Hasher(), 300, fsync=False) for _ in range(2)]
    for files in chains:
        files.open()
    for number in range(6):
        chains[number % 2].append([{"at": f"2099-01-01T00:00:0{number}Z", "event": "x", "n": number}])
    for files in chains:
        files.close()
    return tmp_path


def test_show_is_by_time(folder: Path) -> None:
    shown = [json.loads(line) for line in run(commands, ["show", str(folder), "-n", "4"]).output.splitlines()]
    assert [line["n"] for line in shown] == [2, 3, 4, 5]
    assert len(run(commands, ["show", str(folder)]).output.splitlines()) == 8


def test_show_is_safe_on_a_terminal(folder: Path) -> None:
    path = sorted((folder / "chain-1").glob("audit-*"))[-1]
    path.write_bytes(path.read_bytes() + b"\x1b[2J\xff\n")
    assert "\\u001b[2J\ufffd\n" in run(commands, ["show", str(folder)]).output


def test_verify_and_its_anchor(folder: Path) -> None:
    said = run(commands, ["verify", str(folder)])
    assert said.exit_code == 0
    assert said.output.count("intact") == 2
    assert "4 lines in 2 files, " in said.output
    one = str(folder / "chain-2")
    anchor = run(commands, ["verify", one]).output.split("anchor ")[1].split()[0]
    assert run(commands, ["verify", one, "--anchor", anchor]).exit_code == 0
    assert run(commands, ["verify", one, "--anchor", f"3{anchor[1:]}"]).exit_code == 1
    assert run(commands, ["verify", one, "--anchor", "x"]).exit_code == 2
    assert run(commands, ["verify", str(folder), "--anchor", anchor]).exit_code == 2


def test_verify_names_the_chain_that_is_broken(folder: Path) -> None:
    path = sorted((folder / "chain-2").glob("audit-*"))[0]
    path.write_bytes(path.read_bytes().replace(b'"n":1', b'"n":9'))
    said = run(commands, ["verify", str(folder)])
    assert said.exit_code == 1
    assert "chain-1: intact" in said.output
    assert "chain-2: BROKEN: line 2 was changed" in said.output


def test_no_log(tmp_path: Path) -> None:
    assert run(commands, ["verify", str(tmp_path)]).exit_code == 1
    assert run(commands, ["verify", str(tmp_path / "none")]).exit_code == 1
    assert run(commands, ["verify"]).exit_code == 2
