"""What ``--help`` of built-in plugins' commands shows."""

import subprocess

import pytest

from tests.support.gateway import ASKWIRE, clean_environment


@pytest.mark.parametrize(("command", "section"), [(("mcp",), "[mcp]"), (("audit", "verify"), "[audit]")])
def test_names_of_sections_are_shown(command: tuple[str, ...], section: str) -> None:
    run = [str(ASKWIRE), *command, "--help"]
    environment = {**clean_environment(), "COLUMNS": "150"}
    assert section in subprocess.run(run, env=environment, capture_output=True, text=True, check=True).stdout
