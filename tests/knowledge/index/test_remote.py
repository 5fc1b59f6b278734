"""A server's vectors are brought in step with the file, in parts, and the file is the truth."""

import numpy as np
import pytest

from knowledge.index import remote
from knowledge.index.remote import base_dimensions, behind, catch_up, same
from knowledge.index.saved import Stopped

TABLE = "0123_1"


class Held:
    """What a server holds, and the sizes of what it was sent."""

    def __init__(self):
        self.held, self.sent = set(), []

    def put(self, table, block):
        self.held |= set(block.ids.tolist())
        self.sent.append(len(block))

    def remove(self, table, ids):
        self.held -= set(ids.tolist())

    def ids(self, table):
        return np.array(sorted(self.held), np.int64)

    def extent(self, table):
        return len(self.held), max(self.held, default=0)

    def drop(self, table):
        self.held.clear()


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(remote, "AT_ONCE", 4)
    return Held()


def test_it_is_kept_in_step(shelf, store, monkeypatch):
    monkeypatch.setattr(remote, "AT_ONCE", 50)
    base = shelf.base(backend="remote")
    shelf.fill(base, 120, source="one")
    assert behind(shelf.c, store, TABLE, base.id) == 120
    catch_up(shelf.c, store, TABLE, base.id)
    assert same(shelf.c, store, TABLE, base.id)
    assert behind(shelf.c, store, TABLE, base.id) == 0
    shelf.fill(base, 10, seed=1, source="two")
    shelf.fill(base, 110, seed=2, source="one")
    assert behind(shelf.c, store, TABLE, base.id) > 0
    catch_up(shelf.c, store, TABLE, base.id)
    assert same(shelf.c, store, TABLE, base.id)
    store.remove(TABLE, store.ids(TABLE)[10:70:3])  # somebody else's hand
    assert not same(shelf.c, store, TABLE, base.id)
    catch_up(shelf.c, store, TABLE, base.id)
    assert same(shelf.c, store, TABLE, base.id)
    shelf.remove(base, "one")
    shelf.remove(base, "two")
    catch_up(shelf.c, store, TABLE, base.id)
    assert store.extent(TABLE) == (0, 0)


def test_it_is_sent_in_parts_and_only_what_is_new(shelf, server):
    base = shelf.base()
    ids, _ = shelf.fill(base, 10)
    catch_up(shelf.c, server, TABLE, base.id)
    assert (server.sent, sorted(server.held)) == ([4, 4, 2], ids)
    shelf.add(base, "more", ["zeppelin"])
    catch_up(shelf.c, server, TABLE, base.id)
    assert server.sent[3:] == [1]


def test_holes_are_filled_and_strangers_removed(shelf, server):
    base = shelf.base()
    ids, _ = shelf.fill(base, 12)
    catch_up(shelf.c, server, TABLE, base.id)
    server.held -= set(ids[1:8])
    server.held |= {-5, -6}
    assert behind(shelf.c, server, TABLE, base.id) == 5
    catch_up(shelf.c, server, TABLE, base.id)
    assert sorted(server.held) == ids
    assert server.sent[3:] == [4, 3]


def test_as_many_of_others_are_not_the_same(shelf, server):
    base = shelf.base()
    ids, _ = shelf.fill(base, 3)
    server.held = {*ids[1:], 0}
    assert behind(shelf.c, server, TABLE, base.id) == 0  # a guess, by number and newest
    assert not same(shelf.c, server, TABLE, base.id)


def test_it_can_be_stopped_between_parts(shelf, server):
    base = shelf.base()
    shelf.fill(base, 10)
    with pytest.raises(Stopped):
        catch_up(shelf.c, server, TABLE, base.id, lambda: len(server.sent) == 2)
    assert server.sent == [4, 4]
    catch_up(shelf.c, server, TABLE, base.id)
    assert same(shelf.c, server, TABLE, base.id)


def test_a_base_without_vectors_holds_nothing_there(shelf, server):
    base = shelf.base(embedder="")
    shelf.add(base, "d", ["zeppelin"])
    server.held = {1, 2}
    assert base_dimensions(shelf.c, base.id) == 0
    catch_up(shelf.c, server, TABLE, base.id)
    assert server.held == set()
    assert behind(shelf.c, server, TABLE, base.id) == 0


def test_the_newest_vector_says_how_long_they_are(shelf, server):
    base = shelf.base()
    shelf.fill(base, 2, dimensions=8)
    newer, _ = shelf.fill(base, 3, seed=1, dimensions=16)
    assert base_dimensions(shelf.c, base.id) == 16
    catch_up(shelf.c, server, TABLE, base.id)
    assert sorted(server.held) == newer
