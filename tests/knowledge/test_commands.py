import logging
import os
import re
import signal
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path

import pytest
import structlog
from typer.testing import CliRunner

from knowledge import shell
from knowledge.adding import origins
from knowledge.commands import commands
from knowledge.database import FILE_NAME
from tests.knowledge.test_adding import LOADERS
from tests.knowledge.work import HANDBOOK
from tests.support.gateway import ASKWIRE, clean_environment
from tests.support.private_mariadb import die_with_parent


@pytest.fixture
def askwire(tmp_path, monkeypatch):
    """Runs a command in this process, whose logs stay as they are."""
    monkeypatch.setattr(shell, "configure_logs", lambda _: None)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    config = tmp_path / "askwire.toml"
    config.write_text(f'data_dir = "{tmp_path / "data"}"\n[knowledge]\nembedder = "none"\n')

    def run(*words, status=0, folder=tmp_path):
        monkeypatch.chdir(folder)
        done = CliRunner().invoke(commands, [*words, "--config", str(config)])
        assert done.exit_code == status, done.output
        return done.stdout + done.stderr

    return run


def test_a_folder_is_added_searched_and_added_again(askwire, tmp_path: Path):
    docs = tmp_path / "docs"
    (docs / "deep").mkdir(parents=True)
    (docs / "handbook.md").write_text(HANDBOOK)
    (docs / "deep" / "parking.txt").write_text("Parking is free.")
    (docs / "picture.png").write_bytes(b"x")
    assert "1 new or changed, 0 unchanged, 0 failed" in askwire("add", "handbook", "docs")
    assert "1 new or changed, 1 unchanged, 0 failed" in askwire("add", "handbook", "docs", "--recursive")
    listing = askwire("list", "handbook")
    assert "docs/handbook.md" in listing
    assert "docs/deep/parking.txt" in listing
    assert "Parking is free." in askwire("search", "handbook", "where can I park?")
    assert "editors only" in askwire("list")
    askwire("share", "handbook", "ann")
    assert "ann" in askwire("list")
    askwire("share", "handbook", "ann", "--remove")
    assert "[knowledge] pgvector is not in the settings" in askwire("move", "handbook", "pgvector", status=1)
    askwire("drop", "handbook")
    said = askwire("list", "handbook", status=1)
    assert "no knowledge base 'handbook'" in said
    assert "SHOW AI" not in said, "this is no SQL client"
    assert f"no knowledge bases in the data folder {tmp_path / 'data'};" in askwire("list")


def test_what_cannot_be_loaded_is_said_and_the_rest_goes_on(askwire, tmp_path: Path):
    (tmp_path / "good.txt").write_text("good")
    (tmp_path / "bad.pdf").write_bytes(b"%PDF-1.7")
    said = askwire("add", "h", "good.txt", "bad.pdf", status=1)
    assert "1 new or changed, 0 unchanged, 1 failed" in said
    assert "bad.pdf" in said
    assert "0 new or changed, 1 unchanged, 1 failed" in askwire("add", "h", "good.txt", "bad.pdf", status=1)
    assert "there is no file nothing.md" in askwire("add", "h", "nothing.md", status=2)
    assert "not read" in askwire("add", "h", "askwire.toml", status=2)


@pytest.mark.parametrize(
    "words", [("list",), ("search", "h", "q"), ("drop", "h"), ("share", "h", "ann"), ("remove", "h", "a.md")]
)
def test_only_what_makes_a_base_makes_a_store(askwire, tmp_path: Path, words):
    said = askwire(*words, status=1)
    assert f"in the data folder {tmp_path / 'data'}; --config or --data-dir" in said
    assert not (tmp_path / "data").exists()


def test_a_file_keeps_its_name_by_whatever_path_it_is_given(askwire, tmp_path: Path):
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "a.md").write_text("# A")
    (tmp_path / "link.md").symlink_to(docs / "a.md")
    askwire("add", "h", "docs", "./docs/a.md", str(docs / "a.md"))
    assert "0 new or changed, 1 unchanged" in askwire("add", "h", "a.md", str(docs / "a.md"), folder=docs)
    assert "0 new or changed, 1 unchanged" in askwire("add", "h", "link.md")
    assert [line.split()[0] for line in askwire("list", "h").splitlines()] == ["source", "docs/a.md"]
    askwire("remove", "h", "a.md", folder=docs)
    assert "docs/a.md" not in askwire("list", "h")


def test_another_file_does_not_take_the_place_of_one_of_its_name(tmp_path: Path, monkeypatch):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.md").touch()
    one, two = (str(tmp_path / name / "a.md") for name in ("one", "two"))
    monkeypatch.chdir(tmp_path / "two")
    assert [origin.name for origin in origins(["../one/a.md", "a.md"], {one: "a.md"}, LOADERS)] == ["a.md", two]
    Path(one).unlink()
    assert [origin.name for origin in origins(["a.md"], {one: "a.md"}, LOADERS)] == ["a.md"], "it moved"


def test_what_failed_is_listed_in_full_and_taken_out(askwire, tmp_path: Path):
    folder = tmp_path / ("long name " * 12).strip()
    folder.mkdir()
    (folder / "[bad].pdf").write_bytes(b"%PDF-1.7")
    (folder / "good.txt").write_text("good")
    askwire("add", "h", folder.name, status=1)
    listing = askwire("list", "h")
    (bad,) = [line for line in listing.splitlines() if "[bad].pdf" in line]
    assert bad.startswith(f"{folder.name}/[bad].pdf")
    assert "failed" in bad
    assert bad.rstrip().endswith(_error(tmp_path))
    askwire("remove", "h", f"{folder.name}/[bad].pdf")
    askwire("remove", "h", f"{folder.name}/good.txt")
    assert len(askwire("list", "h").splitlines()) == 1
    assert "h has no document 'good.txt'" in askwire("remove", "h", "good.txt", status=1)
    assert "1 new or changed" in askwire("add", "h", folder.name, status=1), "the next time brings it back"


def _error(folder: Path) -> str:
    with closing(sqlite3.connect(folder / "data" / FILE_NAME)) as c:
        return str(c.execute("SELECT error FROM failures").fetchone()[0])


def test_the_hint_is_a_command_that_can_be_typed(askwire):
    assert "askwire knowledge share 'bad name!' '*'" in askwire("create", "bad name!")


MANY = 40  # files: so many that they are not all read before the key is pressed


def test_control_c_says_how_far_it_came_and_the_next_one_goes_on(askwire, tmp_path: Path):
    docs = tmp_path / "docs"
    docs.mkdir()
    for n in range(MANY):
        (docs / f"{n}.txt").write_text(f"text {n}")
    command = [*die_with_parent(), str(ASKWIRE), "knowledge", "add", "h", "docs", "--config", "askwire.toml"]
    # A run that was started in the background of a shell has Control-C ignored, and hands that on.
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    running = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=tmp_path, env=clean_environment())
    signal.signal(signal.SIGINT, before)
    with running:
        deadline = time.monotonic() + 60
        while _documents(tmp_path) < 2:  # the load of the first one is over then
            assert running.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
        os.kill(running.pid, signal.SIGINT)
        said = running.communicate(timeout=60)[1]
    assert running.returncode == 130, said
    stopped = re.fullmatch(r"Stopped after (\d+) of 40; run it again to go on.\n", said)
    assert stopped, said
    assert 1 <= int(stopped[1]) <= _documents(tmp_path)
    assert _documents(tmp_path) < MANY
    assert "0 failed" in askwire("add", "h", "docs")
    assert _documents(tmp_path) == MANY


def _documents(folder: Path) -> int:
    """How many are there; none before the store is."""
    try:
        with closing(sqlite3.connect(f"file:{folder / 'data' / FILE_NAME}?mode=ro", uri=True)) as c:
            return int(c.execute("SELECT COUNT(*) FROM documents WHERE state = 'ready'").fetchone()[0])
    except sqlite3.OperationalError:
        return 0
