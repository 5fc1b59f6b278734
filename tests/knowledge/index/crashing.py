"""Processes that are to be killed: ``python -m tests.knowledge.index.crashing`` forks them.

A line of standard input is a JSON list of works, each ``[what, folder, where]``, which begin together. It is answered
with a line of their process ids, and an empty line behind it, once all have ended, with a line of their statuses. So
the imports, which take longer than any of the works, are done once.

``merge``: makes and saves the graph of base 1. ``full``: the same where no file may grow as large. ``move``: moves base
1 to the folder's Qdrant, in batches of 20. ``where`` n: the process kills itself (SIGKILL) right before the n-th file
operation (merge) or batch (move) that would last.
"""

import asyncio
import itertools
import json
import os
import resource
import signal
import sys
import traceback
from pathlib import Path

from qdrant_client import QdrantClient

from knowledge.database import Database
from knowledge.index import nearest, remote, saved
from knowledge.index.backends import Backends
from knowledge.index.nearest import Nearest
from knowledge.index.opened import installation
from knowledge.index.qdrant import QdrantVectors
from knowledge.index.saved import Key, Saved
from knowledge.records import Base
from tests.knowledge.index.shelf import DIMENSIONS, MODEL

FULL_BYTES = 200_000


def main():
    for line in sys.stdin:
        pids = [forked(*work) for work in json.loads(line)]
        print(*pids, flush=True)
        sys.stdin.readline()  # until then nobody else gets their ids: they may be killed, even when they have ended
        print(*(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids), flush=True)


def forked(what, folder, where):
    """The process id of the one that does this work."""
    pid = os.fork()
    if pid:
        return pid
    status = 1
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what it logs is no answer
    try:
        work(what, Path(folder), where)
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)


def work(what, folder, where):
    steps = itertools.count(1)

    def dying(step):
        def counted(*arguments, **named):
            if next(steps) == where:
                os.kill(os.getpid(), signal.SIGKILL)
            return step(*arguments, **named)

        return counted

    database = Database(folder / "askwire.sqlite")
    if what == "move":
        remote.AT_ONCE = 20
        store = QdrantVectors(QdrantClient(path=str(folder / "qdrant")))
        store.put = dying(store.put)
        store.ids = dying(store.ids)
        asyncio.run(move(database, store, folder))
        return
    if what == "full":
        resource.setrlimit(resource.RLIMIT_FSIZE, (FULL_BYTES, FULL_BYTES))
    saved._sync = dying(saved._sync)
    saved._digest = dying(saved._digest)
    Path.replace = dying(Path.replace)
    Saved._remove = dying(Saved._remove)
    merge(database.connect(), folder)


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
    main()
