"""Real processes: killed at every step that lasts and at any moment, without disk, several at once."""

import json
import os
import random
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
from tests.support.private_mariadb import die_with_parent

ROOT = Path(__file__).parents[3]
COMMAND = (*die_with_parent(), sys.executable, "-m", "tests.knowledge.index.crashing")


class Crashing:
    """The program of that name."""

    def __init__(self, process):
        self._process = process

    def start(self, what, folder, where=0, count=1):
        """The process ids of so many that do the same; ``ended`` waits for them."""
        works = json.dumps([(what, str(folder), where)] * count)
        print(works, file=self._process.stdin, flush=True)
        return [int(pid) for pid in self._process.stdout.readline().split()]

    def ended(self):
        """For each whether it came to its end, or was killed."""
        print(file=self._process.stdin, flush=True)
        statuses = [int(status) for status in self._process.stdout.readline().split()]
        assert statuses
        assert set(statuses) <= {0, -signal.SIGKILL}
        return [status == 0 for status in statuses]

    def run(self, what, folder, where=0):
        self.start(what, folder, where)
        return self.ended() == [True]


@pytest.fixture(scope="module")
def crashing():
    with subprocess.Popen(COMMAND, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Crashing(process)


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


def test_killed_at_every_step_of_a_save(shelf, crashing):
    base = shelf.base()
    ids, vectors = shelf.fill(base, 500)
    killed = 0
    for where in range(1, 20):
        more, more_vectors = shelf.fill(base, 350, seed=where)
        ids, vectors = ids + more, np.concatenate([vectors, more_vectors])
        if crashing.run("merge", shelf.folder, where):
            break
        killed += 1
        assert_whole(shelf, base, ids, vectors)
    assert killed >= 6
    assert not assert_whole(shelf, base, ids, vectors).wants_merge
    assert len(files(shelf)) == 2, "what killed processes left is gone"


def test_killed_at_any_moment(shelf, crashing):
    base = shelf.base()
    ids, vectors = shelf.fill(base, 1500)
    chance = random.Random(1)
    killed = 0
    for _ in range(6):
        (process,) = crashing.start("merge", shelf.folder)
        time.sleep(chance.uniform(0, 0.3))
        os.kill(process, signal.SIGKILL)
        killed += crashing.ended() == [False]
        assert_whole(shelf, base, ids, vectors)
    assert killed
    assert crashing.run("merge", shelf.folder)
    assert not assert_whole(shelf, base, ids, vectors).wants_merge


def test_killed_at_every_step_of_a_move(shelf, crashing):
    base = shelf.base()
    shelf.fill(base, 130)
    killed = 0
    for where in range(1, 30):
        done = crashing.run("move", shelf.folder, where)
        (backend,) = shelf.c.execute("SELECT backend FROM bases").fetchone()
        assert backend == ("qdrant" if done else "local")
        if done:
            break
        killed += 1
    assert 2 <= killed <= 10, "each one goes on where the last one was killed"
    store = QdrantVectors(QdrantClient(path=str(shelf.folder / "qdrant")))
    assert same(shelf.c, store, f"{installation(shelf.c)}_{base.id}", base.id)
    store.close()


def test_a_full_disk_keeps_the_last_good_file(shelf, crashing):
    base = shelf.base()
    ids, vectors = shelf.fill(base, 500)
    assert crashing.run("merge", shelf.folder)
    before = files(shelf)
    more, more_vectors = shelf.fill(base, 500, seed=1)
    ids, vectors = ids + more, np.concatenate([vectors, more_vectors])
    assert crashing.run("full", shelf.folder), "the process goes on without the file"
    assert files(shelf) == before
    assert assert_whole(shelf, base, ids, vectors).wants_merge
    assert crashing.run("merge", shelf.folder)
    assert not assert_whole(shelf, base, ids, vectors).wants_merge


def test_several_processes_at_once_make_one_file(shelf, crashing):
    base = shelf.base()
    ids, vectors = shelf.fill(base, 800)
    crashing.start("merge", shelf.folder, count=3)
    assert crashing.ended() == [True] * 3
    assert len(files(shelf)) == 2
    assert not assert_whole(shelf, base, ids, vectors).wants_merge
