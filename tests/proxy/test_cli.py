"""The command line, up to where a gateway starts."""

import subprocess
from pathlib import Path

import pytest

from proxy.upstreams.passwords import verify
from tests.support.gateway import ASKWIRE, clean_environment


def askwire(*words: str, cwd: Path, text: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(ASKWIRE), *words], input=text, capture_output=True, text=True, cwd=cwd, env=clean_environment(), timeout=60
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "say which database to stand in front of: askwire serve --upstream"),
        (("--files",), "--files takes the names of files: askwire serve --files sales.csv budget.xlsx"),
        (("sales.csv",), "what is 'sales.csv'? Files are served by: askwire serve --files sales.csv"),
        (("--files", "a.csv", "--upstream", "duckdb:///a.duckdb"), "--upstream and --files exclude each other"),
        (("--files", "missing.csv"), "missing.csv: there is no such file"),
        (("--files", "good.csv", "bad.csv"), "bad.csv: line 3 has 3 fields where the first has 2"),
        (("--files", "good.csv", "--listen", "0.0.0.0:0"), "list users in [accounts] (askwire hash-password"),
        (("--listen", "0.0.0.0:0", "--files", "good.csv"), "list users in [accounts] (askwire hash-password"),
        (("--files", "good.csv", "--workers", "2"), "workers must be 1 with DuckDB and with files"),
        (("--upstream", "postgresql://me:secret@h/shop"), "clients bring their own user and password"),
        (("--upstream", "nonsense://h/shop"), "nonsense"),
    ],
)
def test_what_does_not_fit_is_said_and_nothing_starts(tmp_path: Path, words: tuple[str, ...], message: str) -> None:
    (tmp_path / "good.csv").write_text("a,b\n1,2\n")
    (tmp_path / "bad.csv").write_text("a,b\n1,2\n3,4,5\n")
    done = askwire("serve", *words, "--model", "none", "--data-dir", "data", cwd=tmp_path)
    assert done.returncode == 2
    assert message in done.stderr
    assert "secret" not in done.stderr
    assert "Traceback" not in done.stderr
    assert "listening" not in done.stdout


def test_hash_password_reads_standard_input(tmp_path: Path) -> None:
    done = askwire("hash-password", cwd=tmp_path, text="pä ss\n")
    assert done.returncode == 0
    [line] = done.stdout.splitlines()
    assert verify("pä ss", line)
    assert "pä ss" not in done.stdout + done.stderr


def test_an_empty_password_is_none(tmp_path: Path) -> None:
    done = askwire("hash-password", cwd=tmp_path, text="\n")
    assert (done.returncode, done.stdout) == (2, "")
    assert "at least one character" in done.stderr
