"""The command line, up to where a gateway starts."""

import os
import pty
import socket
import subprocess
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from proxy.admin.tokens import Tokens
from proxy.cli import app
from proxy.upstreams.passwords import verify
from tests.support.gateway import ASKWIRE, clean_environment


def askwire(*words: str, text: str = "") -> Result:
    """Run it in this process."""
    return CliRunner().invoke(app, words, input=text)


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
        (("--upstream", "mssql+pyodbc://h/shop"), "No module named 'pyodbc'"),
    ],
)
def test_what_does_not_fit_is_said_and_nothing_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], message: str
) -> None:
    (tmp_path / "good.csv").write_text("a,b\n1,2\n")
    (tmp_path / "bad.csv").write_text("a,b\n1,2\n3,4,5\n")
    monkeypatch.chdir(tmp_path)
    done = askwire("serve", *words, "--model", "none", "--data-dir", "data")
    assert done.exit_code == 2, done.output
    assert message in done.stderr
    assert "secret" not in done.stderr
    assert "listening" not in done.stdout


def test_the_token_of_the_admin_endpoint(tmp_path: Path) -> None:
    words = ("token", "--data-dir", str(tmp_path / "data"))
    for more in ((), ("--new",)):
        none = askwire(*words, *more)
        assert (none.exit_code, none.stdout) == (1, "")
        assert f"in {tmp_path / 'data'};" in none.stderr
        assert "--config" in none.stderr
    assert not (tmp_path / "data").exists()
    Tokens(tmp_path / "data").make()
    first = askwire(*words).stdout
    assert first == askwire(*words).stdout == (tmp_path / "data/admin-token").read_text()
    assert askwire(*words, "--role", "reader").stdout == (tmp_path / "data/reader-token").read_text() != first
    assert askwire(*words, "--new").stdout == (tmp_path / "data/admin-token").read_text() != first
    assert askwire(*words, "--role", "root").exit_code == 2


@pytest.mark.parametrize(("admin", "message"), [("8307", "admin.listen"), ("127.0.0.1:99999", "admin.listen")])
def test_an_admin_address_that_is_none(tmp_path: Path, admin: str, message: str) -> None:
    done = askwire("serve", "--upstream", "mysql://127.0.0.1:1", "--admin", admin, "--data-dir", str(tmp_path))
    assert done.exit_code == 2
    assert message in done.stderr


def test_an_admin_address_that_is_taken(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        words = ("--listen", "127.0.0.1:0", "--admin", f"127.0.0.1:{taken.getsockname()[1]}", "--model", "none")
        upstream = ("--upstream", "mysql://127.0.0.1:1", "--data-dir", str(tmp_path))
        done = subprocess.run(
            [ASKWIRE, "serve", *upstream, *words], env=clean_environment(), capture_output=True, text=True, timeout=60
        )
    assert done.returncode == 2
    assert "--admin takes another, or off" in done.stderr


def test_help_loses_no_words_to_markup() -> None:
    assert "Make a user's line for the accounts in the settings file" in " ".join(
        askwire("hash-password", "--help").output.split()
    )


def test_hash_password_reads_standard_input() -> None:
    done = askwire("hash-password", text="pä ss\n")
    assert done.exit_code == 0
    [line] = done.stdout.splitlines()
    assert verify("pä ss", line)
    assert "pä ss" not in done.output


def test_an_empty_password_is_none() -> None:
    done = askwire("hash-password", text="\n")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "at least one character" in done.stderr


@pytest.mark.parametrize(("second", "agrees"), [("pä ss", True), ("another", False)])
def test_a_terminal_is_asked_twice_and_shows_nothing(second: str, agrees: bool) -> None:
    process, terminal = pty.fork()
    if process == 0:
        os.execve(ASKWIRE, [str(ASKWIRE), "hash-password"], {**clean_environment(), "TERM": "dumb"})
    shown = b""
    answers = [b"p\xc3\xa4 ss\n", second.encode() + b"\n"]
    try:
        while chunk := os.read(terminal, 4096):
            shown += chunk
            if answers and shown.count(b": ") == 3 - len(answers):
                os.write(terminal, answers.pop(0))
            elif b"do not match" in shown:
                break
    except OSError:  # the end of a terminal on Linux
        pass
    os.close(terminal)
    os.waitpid(process, 0)
    text = shown.decode()
    assert not answers
    assert ("scrypt$" in text) == agrees
    assert "ss" not in text.split("scrypt$")[0].replace("Password", "")
    if agrees:
        assert verify("pä ss", text.split()[-1])
