"""The indexes of this process: as of now, within their memory, and made again only after a while."""

import numpy as np
import pytest

from knowledge.index import opened as module
from knowledge.index.nearest import Nearest
from knowledge.index.opened import Opened, current
from knowledge.index.saved import Saved
from tests.knowledge.index.shelf import DIMENSIONS, opened

pytestmark = pytest.mark.usefixtures("small_exact")
ONES = np.ones(DIMENSIONS, np.float32)


@pytest.fixture
def kept(shelf):
    made = Opened(shelf.database.connect, shelf.folder / "index", 1 << 30)
    yield made
    made.close()


def test_opened_bases_are_bounded(shelf):
    bases = [shelf.base(f"b{n}") for n in range(6)]
    for n, base in enumerate(bases):
        shelf.fill(base, 100, seed=n)
    one = 100 * (DIMENSIONS * 4 + 8)
    kept = Opened(shelf.database.connect, shelf.folder / "index", 3 * one)
    try:
        for base in bases:
            kept.words(shelf.c, base)
            assert len(kept.nearest(shelf.c, base, DIMENSIONS).search(np.ones(DIMENSIONS, np.float32), 5)) == 5
            kept.trim()
            assert kept.nbytes <= 3 * one
        assert kept.nbytes > one
    finally:
        kept.close()


def test_files_of_bases_that_are_gone_are_removed(shelf):
    base, gone = shelf.base("a"), shelf.base("b")
    for each in (base, gone):
        shelf.fill(each, 400, seed=each.id)
        opened(shelf, each).merge(shelf.c, lambda: False)
    shelf.c.execute("DELETE FROM bases WHERE id = ?", (gone.id,))
    kept = Opened(shelf.database.connect, shelf.folder / "index", 1 << 30)
    try:
        kept.nearest(shelf.c, base, DIMENSIONS)
    finally:
        kept.close()
    assert Saved(shelf.folder / "index").bases() == {base.id}


def test_it_answers_as_of_now(shelf, kept):
    base = shelf.base()
    shelf.add(base, "a", ["zeppelin"])
    for count, source in ((1, "b"), (2, "c")):
        assert len(kept.nearest(shelf.c, base, DIMENSIONS).search(ONES, 5)) == count
        assert kept.words(shelf.c, base) is kept.words(shelf.c, base)
        shelf.add(base, source, ["zeppelin"])
    shelf.remove(base, "a")
    assert len(kept.nearest(shelf.c, base, DIMENSIONS).search(ONES, 5)) == 2


def test_a_base_that_is_gone_has_no_revision_and_nothing_is_kept_of_it(shelf, kept):
    base, other = shelf.base("a"), shelf.base("b")
    for each in (base, other):
        shelf.add(each, "d", ["zeppelin"])
        kept.words(shelf.c, each)
        kept.nearest(shelf.c, each, DIMENSIONS)
    size = kept.nbytes
    shelf.c.execute("DELETE FROM bases WHERE id = ?", (base.id,))
    assert current(shelf.c, base) == -2
    kept.forget(base.id)
    assert kept.nbytes == size // 2
    kept.forget(base.id)
    assert len(kept.nearest(shelf.c, other, DIMENSIONS).search(ONES, 5)) == 1


@pytest.mark.parametrize(("pause", "attempts"), [(60.0, 1), (0.0, 3)])
def test_an_index_that_cannot_be_made_is_tried_again_after_a_while(shelf, kept, monkeypatch, pause, attempts):
    tried = []

    def fail(index, connection, stopped):
        tried.append(index.key.base)
        raise OSError("no space left on device")

    monkeypatch.setattr(Nearest, "merge", fail)
    monkeypatch.setattr(module, "RETRY_SECONDS", pause)
    base = shelf.base()
    shelf.fill(base, 400)
    for _ in range(3):
        assert len(kept.nearest(shelf.c, base, DIMENSIONS).search(ONES, 5)) == 5  # exactly, without it
        kept._merger.submit(int).result()  # what was begun is over
    assert tried == [base.id] * attempts
