import json
import os
import threading

import hnswlib
import numpy as np
import pytest

from knowledge.index.saved import Graph, Key, Saved, Stopped

KEY = Key("0123", 7, "mini", 8)


def graph(count=50, seed=0):
    vectors = np.random.default_rng(seed).normal(size=(count, 8)).astype(np.float32)
    index = hnswlib.Index("ip", 8)
    index.init_index(count)
    index.add_items(vectors, np.arange(1, count + 1))
    return Graph(index, count, count, 0)


@pytest.fixture
def saved(tmp_path):
    made = Saved(tmp_path / "index")
    with made.lock("7"):
        made.save(KEY, graph())
    return made


def data(tmp_path):
    (path,) = (tmp_path / "index").glob("*.hnsw")
    return path


def test_what_was_saved_comes_back_and_is_private(saved, tmp_path):
    loaded = saved.load(KEY)
    assert (loaded.count, loaded.last, loaded.dead) == (50, 50, 0)
    assert np.array_equal(loaded.index.get_items([7]), graph().index.get_items([7]))
    assert {path.stat().st_mode & 0o077 for path in (tmp_path / "index").iterdir()} == {0}
    assert (tmp_path / "index").stat().st_mode & 0o077 == 0


def test_a_newer_one_replaces_it_and_leaves_nothing(saved, tmp_path):
    (tmp_path / "index" / "7-left.hnsw").write_bytes(b"of a killed process")
    (tmp_path / "index" / "70-other.hnsw").write_bytes(b"of another base")
    saved.save(KEY, graph(60, 1))
    assert saved.load(KEY).count == 60
    assert len(list((tmp_path / "index").glob("7-*"))) == 1
    assert (tmp_path / "index" / "70-other.hnsw").exists()
    assert saved.bases() == {7, 70}
    saved.forget(7)
    assert saved.load(KEY) is None
    assert saved.bases() == {70}


@pytest.mark.parametrize(
    "other",
    [Key("4567", 7, "mini", 8), Key("0123", 7, "maxi", 8), Key("0123", 7, "mini", 9), Key("0123", 8, "mini", 8)],
)
def test_another_ones_is_not_taken(saved, other):
    assert saved.load(other) is None


@pytest.mark.parametrize("where", [0, 8, 40, 500, -1])
def test_a_changed_byte_is_noticed(saved, tmp_path, where):
    content = bytearray(data(tmp_path).read_bytes())
    content[where] ^= 1
    data(tmp_path).write_bytes(content)
    assert saved.load(KEY) is None


@pytest.mark.parametrize("size", [0, 10, 1000])
def test_a_short_file_is_noticed(saved, tmp_path, size):
    os.truncate(data(tmp_path), size)
    assert saved.load(KEY) is None


@pytest.mark.parametrize(
    "about",
    [b"", b"{", b"[]", b"null", b"\xff\xfe", b"{}", b'{"key": 1}', b'"x"'],
)
def test_what_says_nothing_sensible_is_ignored(saved, tmp_path, about):
    (tmp_path / "index" / "7.json").write_bytes(about)
    assert saved.load(KEY) is None


@pytest.mark.parametrize(
    "change", [{"file": "../7.json"}, {"file": "/etc/passwd"}, {"file": 3}, {"count": 51}, {"last": None}]
)
def test_a_false_description_is_ignored(saved, tmp_path, change):
    path = tmp_path / "index" / "7.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    assert saved.load(KEY) is None


def test_the_lock_is_waited_for_and_the_wait_can_end(saved):
    with saved.lock("7"), pytest.raises(Stopped), saved.lock("7", lambda: True):
        raise AssertionError
    order = []
    with saved.lock("7"):
        waiting = threading.Thread(target=lambda: saved.lock("7").__enter__() or order.append("second"))
        waiting.start()
        order.append("first")
    waiting.join(10)
    assert order == ["first", "second"]
