import subprocess
from pathlib import Path

import pytest

from tests.knowledge.test_ingest import HANDBOOK
from tests.support.gateway import ASKWIRE


@pytest.fixture
def askwire(tmp_path):
    config = tmp_path / "askwire.toml"
    config.write_text(f'data_dir = "{tmp_path / "data"}"\n[knowledge]\nembedder = "none"\n')

    def run(*words, status=0):
        command = [str(ASKWIRE), "knowledge", *words, "--config", str(config)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=100, cwd=tmp_path)
        assert done.returncode == status, done.stderr
        return done.stdout + done.stderr

    return run


def test_a_folder_is_added_searched_and_added_again(askwire, tmp_path: Path):
    docs = tmp_path / "docs"
    (docs / "deep").mkdir(parents=True)
    (docs / "handbook.md").write_text(HANDBOOK)
    (docs / "deep" / "parking.txt").write_text("Parking is free.")
    (docs / "picture.png").write_bytes(b"x")
    assert "1 of 1 loaded" in askwire("add", "handbook", "docs")
    said = askwire("add", "handbook", "docs", "--recursive")
    assert "2 of 2 loaded" in said
    listing = askwire("list", "handbook")
    assert "docs/handbook.md" in listing
    assert "docs/deep/parking.txt" in listing
    assert "Parking is free." in askwire("search", "handbook", "where can I park?")
    assert "editors only" in askwire("list")
    askwire("share", "handbook", "ann")
    assert "ann" in askwire("list")
    askwire("share", "handbook", "ann", "--remove")
    assert "in the settings" in askwire("move", "handbook", "pgvector", status=1)
    askwire("drop", "handbook")
    assert "no knowledge base" in askwire("list", "handbook", status=1)


def test_what_cannot_be_loaded_is_said_and_the_rest_goes_on(askwire, tmp_path: Path):
    (tmp_path / "good.txt").write_text("good")
    (tmp_path / "bad.pdf").write_bytes(b"%PDF-1.7")
    said = askwire("add", "h", "good.txt", "bad.pdf", status=1)
    assert "1 of 2 loaded" in said
    assert "bad.pdf" in said
    assert "there is no file nothing.md" in askwire("add", "h", "nothing.md", status=2)
    assert "not read" in askwire("add", "h", "askwire.toml", status=2)
