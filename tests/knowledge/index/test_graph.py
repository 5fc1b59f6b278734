import numpy as np
import pytest

from knowledge.index.graph import ADDED_AT_ONCE, MOST_DEAD, bury, copied, extended, fits, search
from knowledge.index.opened import installation
from knowledge.index.saved import Key, Stopped
from knowledge.index.vectors import read_ids
from tests.knowledge.index.shelf import DIMENSIONS, MODEL, vector


@pytest.fixture
def made(shelf):
    """A base of 600 chunks in two documents, its key, and its graph."""
    base = shelf.base()
    shelf.fill(base, 400, seed=1)
    shelf.fill(base, 200, seed=2)
    key = Key(installation(shelf.c), base.id, MODEL, DIMENSIONS)
    return base, key, extended(shelf.c, key, None, lambda: False)


def test_a_graph_has_all_vectors(shelf, made):
    _, key, graph = made
    ids = read_ids(shelf.c, key.base, DIMENSIONS)
    assert (graph.count, graph.dead, graph.last) == (600, 0, int(ids[-1]))
    assert fits(shelf.c, key, graph)


def test_the_nearest_come_first(shelf, made):
    base, key, _ = made
    (chunk,) = shelf.add(base, "own", ["returned goods"])
    graph = extended(shelf.c, key, None, lambda: False)
    found = search(graph, vector("returned goods"), 5)
    assert found[0] == (chunk, pytest.approx(1.0, abs=1e-5))
    assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)
    assert len(found) == 5
    assert len(search(graph, vector("x"), 10_000)) <= 601
    assert search(graph, vector("x"), 0) == []


def test_what_is_new_is_added_to_the_graph_itself(shelf, made):
    base, key, graph = made
    shelf.fill(base, 50, seed=3)
    assert extended(shelf.c, key, graph, lambda: False) is graph
    assert graph.count == 650
    assert fits(shelf.c, key, graph)


def test_what_is_deleted_is_skipped(shelf, made):
    base, key, graph = made
    gone = set(read_ids(shelf.c, key.base, DIMENSIONS).tolist())
    shelf.remove(base, "fill 2")
    alive = read_ids(shelf.c, key.base, DIMENSIONS)
    gone -= set(alive.tolist())
    bury(graph, alive)
    bury(graph, alive)  # once more does no harm
    assert graph.dead == 200
    assert not gone & {chunk for chunk, _ in search(graph, vector("x"), 600)}


def test_a_graph_that_is_mostly_dead_is_made_anew(shelf, made):
    base, key, graph = made
    shelf.remove(base, "fill 1")
    assert MOST_DEAD * 600 < 400
    fresh = extended(shelf.c, key, graph, lambda: False)
    assert fresh is not graph
    assert (fresh.count, fresh.dead) == (200, 0)


def test_a_graph_of_another_file_does_not_fit(shelf, made):
    base, key, graph = made
    shelf.c.execute("UPDATE chunks SET vector = ? WHERE id = ?", (vector("other").astype("<f4").tobytes(), graph.last))
    assert not fits(shelf.c, key, graph)
    shelf.remove(base, "fill 1")
    shelf.remove(base, "fill 2")
    assert not fits(shelf.c, key, graph)


def test_making_stops_when_the_process_ends(shelf, made):
    _, key, _ = made
    asked = []

    def stopped():
        asked.append(1)
        return len(asked) > 1

    with pytest.raises(Stopped):
        extended(shelf.c, key, None, stopped)
    assert ADDED_AT_ONCE < 600


def test_a_copy_is_changed_alone(shelf, made):
    graph = made[2]
    other = copied(graph)
    bury(other, np.array([], np.int64))
    assert (other.dead, graph.dead) == (600, 0)
    assert len(search(graph, vector("x"), 5)) == 5
    assert search(other, vector("x"), 5) == []
