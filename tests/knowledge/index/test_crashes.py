"""Real processes: killed at every step that lasts and at any moment, without disk, several at once."""

import random
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from qdrant_client import QdrantClient

from knowledge.index.opened import installation
from knowledge.index.qdrant import QdrantVectors
from knowledge.index.remote import same
from tests.knowledge.index.shelf import opened

ROOT = Path(__file__).parents[3]


def started(what, folder, *where, **more):
    command = [sys.executable, "-m", "tests.knowledge.index.crashing", what, str(folder), *map(str, where)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more)


def ended(process):
    _, err = process.communicate(timeout=60)
    assert process.returncode in (0, -signal.SIGKILL), err
    return process.returncode == 0


pytestmark = pytest.mark.usefixtures("small_exact")


def assert_whole(shelf, base, ids, vectors):
    """Whatever the files are now: every chunk is there once, and the nearest ones are found."""
    index = opened(shelf, base)
    assert len(index) == len(ids)
    hits = 0
    for question in vectors[::50]:
        exact = {ids[n] for n in np.argsort(-(vectors @ question))[:10]}
        hits += len(exact & {chunk for chunk, _ in index.search(question, 10)})
    assert hits >= 0.98 * 10 * len(vectors[::50])
    return index


def files(shelf):
    return sorted(path.name for path in (shelf.folder / "index").iterdir() if path.suffix != ".lock")


def test_killed_at_every_step_of_a_save(shelf):
    base = shelf.base()
    ids, vectors = shelf.fill(base, 500)
    killed = 0
    for where in range(1, 20):
        more, more_vectors = shelf.fill(base, 350, seed=where)
        ids, vectors = ids + more, np.concatenate([vectors, more_vectors])
        if ended(started("merge", shelf.folder, where)):
            break
        killed += 1
        assert_whole(shelf, base, ids, vectors)
    assert killed >= 6
    assert not assert_whole(shelf, base, ids, vectors).wants_merge
    assert len(files(shelf)) == 2, "what killed processes left is gone"


def test_killed_at_any_moment(shelf):
    base = shelf.base()
    ids, vectors = shelf.fill(base, 1500)
    chance = random.Random(1)
    for _ in range(6):
        process = started("merge", shelf.folder)
        time.sleep(chance.uniform(0.2, 1.5))
        process.kill()
        process.communicate()
        assert_whole(shelf, base, ids, vectors)
    assert ended(started("merge", shelf.folder))
    assert not assert_whole(shelf, base, ids, vectors).wants_merge


def test_killed_at_every_step_of_a_move(shelf):
    base = shelf.base()
    shelf.fill(base, 130)
    killed = 0
    for where in range(1, 30):
        done = ended(started("move", shelf.folder, where))
        (backend,) = shelf.c.execute("SELECT backend FROM bases").fetchone()
        assert backend == ("qdrant" if done else "local")
        if done:
            break
        killed += 1
    assert 2 <= killed <= 10, "each one goes on where the last one was killed"
    store = QdrantVectors(QdrantClient(path=str(shelf.folder / "qdrant")))
    assert same(shelf.c, store, f"{installation(shelf.c)}_{base.id}", base.id)
    store.close()


def test_a_full_disk_keeps_the_last_good_file(shelf):
    base = shelf.base()
    ids, vectors = shelf.fill(base, 500)
    assert ended(started("merge", shelf.folder))
    before = files(shelf)
    more, more_vectors = shelf.fill(base, 500, seed=1)
    ids, vectors = ids + more, np.concatenate([vectors, more_vectors])
    full = started("merge", shelf.folder, preexec_fn=_no_large_files)
    assert ended(full), "the process goes on without the file"
    assert files(shelf) == before
    assert assert_whole(shelf, base, ids, vectors).wants_merge
    assert ended(started("merge", shelf.folder))
    assert not assert_whole(shelf, base, ids, vectors).wants_merge


def _no_large_files():
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))


def test_several_processes_at_once_make_one_file(shelf):
    base = shelf.base()
    ids, vectors = shelf.fill(base, 800)
    processes = [started("merge", shelf.folder) for _ in range(3)]
    assert [ended(process) for process in processes] == [True] * 3
    assert len(files(shelf)) == 2
    assert not assert_whole(shelf, base, ids, vectors).wants_merge
