"""A process that is to be killed: ``python -m tests.knowledge.index.crashing WHAT FOLDER [WHERE]``.

``merge``: makes and saves the graph of base 1. ``move``: moves base 1 to the folder's Qdrant, in batches of 20.
``WHERE`` n: kills itself (SIGKILL) right before the n-th file operation (merge) or batch (move) that would last.
"""

import asyncio
import itertools
import os
import signal
import sys
from pathlib import Path

from knowledge.database import Database
from knowledge.index import nearest, remote, saved
from knowledge.index.backends import Backends
from knowledge.index.nearest import Nearest
from knowledge.index.opened import installation
from knowledge.index.saved import Key, Saved
from knowledge.records import Base
from tests.knowledge.index.shelf import DIMENSIONS, MODEL


def main(what, folder, where=0):
    steps = itertools.count(1)

    def dying(work):
        def step(*arguments, **named):
            if next(steps) == where:
                os.kill(os.getpid(), signal.SIGKILL)
            return work(*arguments, **named)

        return step

    database = Database(folder / "askwire.sqlite")
    if what == "merge":
        saved._sync = dying(saved._sync)
        saved._digest = dying(saved._digest)
        Path.replace = dying(Path.replace)
        Saved._remove = dying(Saved._remove)
        merge(database.connect(), folder)
    else:
        from qdrant_client import QdrantClient  # takes longer to import than a merge takes

        from knowledge.index.qdrant import QdrantVectors

        remote.AT_ONCE = 20
        store = QdrantVectors(QdrantClient(path=str(folder / "qdrant")))
        store.put = dying(store.put)
        store.ids = dying(store.ids)
        asyncio.run(move(database, store, folder))
    print("done", next(steps), flush=True)


def merge(c, folder):
    nearest.EXACT = 300
    index = Nearest(Key(installation(c), 1, MODEL, DIMENSIONS), Saved(folder / "index"))
    index.open(c)
    index.catch_up(c)
    index.merge(c, lambda: False)
    index.catch_up(c)
    assert len(index) == c.execute("SELECT COUNT(*) FROM chunks").fetchone()[0]


async def move(database, store, folder):
    backends = Backends(database.connect, {"qdrant": store}, Saved(folder / "index"))
    await backends.move(Base(1, "a", "", MODEL), "qdrant")
    await backends.close()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 0)
