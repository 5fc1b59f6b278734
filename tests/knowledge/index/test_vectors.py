import numpy as np
import pytest

from knowledge.index.vectors import Block, block, joined

IDS = np.array([2, 5, 9], np.int64)
VECTORS = np.eye(3, dtype=np.float32)


def test_the_nearest_are_exact_and_bounded() -> None:
    found = Block(IDS, VECTORS).nearest(np.array([0.1, 0.9, 0.5], np.float32), 2)
    assert {chunk: pytest.approx(cosine) for chunk, cosine in found} == {5: 0.9, 9: 0.5}
    assert len(Block(IDS, VECTORS).nearest(VECTORS[0], 10)) == 3


def test_blocks_are_cut_and_joined_by_id() -> None:
    whole = Block(IDS, VECTORS)
    assert whole.after(2).ids.tolist() == whole.after(4).ids.tolist() == [5, 9]
    assert whole.only(np.array([9, 2, 7])).ids.tolist() == [2, 9]
    again = joined(whole.only(np.array([2])), whole.after(2))
    assert np.array_equal(again.ids, IDS)
    assert np.array_equal(again.vectors, VECTORS)


def test_vectors_that_are_no_numbers_are_left_out() -> None:
    bad = np.array([np.nan, 0, 0], "<f4")
    rows = [(1, VECTORS[0].tobytes()), (2, bad.tobytes()), (3, VECTORS[1].tobytes())]
    assert block(rows, 3).ids.tolist() == [1, 3]
