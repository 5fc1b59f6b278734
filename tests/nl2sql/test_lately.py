from nl2sql.lately import Lately


def test_what_was_used_longest_ago_is_forgotten():
    kept = Lately[str, int](2)
    kept.put("a", 1)
    kept.put("b", 2)
    assert kept.get("a") == 1
    kept.put("c", 3)
    assert (kept.get("a"), kept.get("b"), kept.get("c"), len(kept)) == (1, None, 3, 2)
    kept.put("a", 4)
    assert kept.get("a") == 4
