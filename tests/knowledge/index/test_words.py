import sqlite3

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from knowledge.index import words as words_module
from knowledge.index.words import Words, search_words
from knowledge.migrations import STEPS, migrate


def opened(shelf, base):
    words = Words(base.id)
    words.catch_up(shelf.c)
    return words


def found(shelf, words, question, k=10, **more):
    return [chunk for chunk, _ in search_words(shelf.c, [words], question, k, **more)]


def test_the_rarer_word_counts_more_and_all_words_make_one(shelf):
    base = shelf.base()
    common = [f"the report number {n} of the year" for n in range(30)]
    ids = shelf.add(base, "d", [*common, "the customer", "the active customer of the report"])
    ranked = search_words(shelf.c, [opened(shelf, base)], "active customers of the report", 5)
    assert [chunk for chunk, _ in ranked[:2]] == [ids[-1], ids[-2]]
    scores = [score for _, score in ranked]
    assert scores == sorted(scores, reverse=True)
    assert 0.6 < scores[0] <= 1
    assert 0 < scores[1] < scores[0] / 1.5


def test_a_word_that_nobody_knows_lowers_the_score(shelf):
    base = shelf.base()
    shelf.add(base, "d", ["returns take thirty days", "shipping is free"])
    words = opened(shelf, base)
    (_, known), *_ = search_words(shelf.c, [words], "returns", 1)
    (_, half), *_ = search_words(shelf.c, [words], "returns zeppelin", 1)
    assert half < 0.6 * known
    assert search_words(shelf.c, [words], "zeppelin", 1) == []
    assert search_words(shelf.c, [words], "?!", 1) == []


def test_it_follows_what_is_added_replaced_and_removed(shelf):
    base = shelf.base()
    (first,) = shelf.add(base, "one", ["alpha beta"])
    words = opened(shelf, base)
    assert found(shelf, words, "beta") == [first]
    (second,) = shelf.add(base, "two", ["beta gamma"])
    words.catch_up(shelf.c)
    assert set(found(shelf, words, "beta")) == {first, second}
    (third,) = shelf.add(base, "one", ["delta beta"])
    words.catch_up(shelf.c)
    assert set(found(shelf, words, "beta")) == {second, third}
    assert found(shelf, words, "alpha") == []
    assert words.count == 2
    shelf.remove(base, "one")
    shelf.remove(base, "two")
    words.catch_up(shelf.c)
    assert found(shelf, words, "beta") == []


def test_many_deletions_are_forgotten_and_few_masked(shelf):
    base = shelf.base()
    for n in range(20):
        shelf.add(base, f"d{n}", [f"apple pear{n}"])
    words = opened(shelf, base)
    shelf.remove(base, "d3")
    words.catch_up(shelf.c)
    assert len(words.ids) == 20
    assert len(found(shelf, words, "apple", 50)) == 19
    for n in range(10, 20):
        shelf.remove(base, f"d{n}")
    words.catch_up(shelf.c)
    assert len(words.ids) == 9
    assert len(found(shelf, words, "apple", 50)) == 9


def test_the_table_is_empty_again_when_all_is_dropped(shelf):
    base = shelf.base()
    shelf.add(base, "d", ["Ångström 客户数量 the the the", "more"])
    shelf.c.execute("UPDATE chunks SET text = 'quite another' WHERE text = 'more'")
    assert found(shelf, opened(shelf, base), "another")
    shelf.c.execute("DELETE FROM bases")
    shelf.c.execute("CREATE VIRTUAL TABLE temp.v USING fts5vocab(main, chunk_words, row)")
    assert shelf.c.execute("SELECT * FROM temp.v").fetchall() == []


def test_bases_do_not_see_each_other_and_are_ranked_together(shelf):
    a, b = shelf.base("a"), shelf.base("b")
    (one,) = shelf.add(a, "d", ["secret plan"])
    (two,) = shelf.add(b, "d", ["public plan"])
    words_a, words_b = opened(shelf, a), opened(shelf, b)
    assert found(shelf, words_b, "secret plan") == [two]
    assert {chunk for chunk, _ in search_words(shelf.c, [words_a, words_b], "plan", 9)} == {one, two}


def test_chunks_that_are_asked_for_are_scored_too(shelf):
    base = shelf.base()
    ids = shelf.add(base, "d", ["apple apple pie", "apple pie with much else around it", "stone"])
    words = opened(shelf, base)
    assert found(shelf, words, "apple pie", 1) == ids[:1]
    assert found(shelf, words, "apple pie", 1, also=[ids[1], ids[2], 10_000]) == ids[:2]


def test_kept_words_are_bounded(shelf, monkeypatch):
    monkeypatch.setattr(words_module, "KEPT_BYTES", 100)
    base = shelf.base()
    ids = shelf.add(base, "d", ["apple pear plum"] * 20)
    words = opened(shelf, base)
    before = words.nbytes
    for _ in range(3):
        assert set(found(shelf, words, "apple pear plum", 50)) == set(ids)
    assert words.nbytes - before <= 100


def test_a_file_of_before_gets_its_words(tmp_path):
    c = sqlite3.connect(tmp_path / "old.sqlite", isolation_level=None)
    migrate(c, STEPS[:2])
    c.execute("INSERT INTO bases (id, folded, name, owner, embedder, created_at) VALUES (1, 'a', 'a', '', '', '')")
    c.execute("INSERT INTO documents VALUES (1, 1, '', 'd', '', '', 0, 1, '')")
    c.execute("INSERT INTO chunks VALUES (7, 1, 1, 0, '', 'an old passage', NULL)")
    migrate(c)
    words = Words(1)
    words.catch_up(c)
    assert [chunk for chunk, _ in search_words(c, [words], "passages", 5)] == [7]
    c.close()


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.text(max_size=60))
def test_no_question_is_query_syntax_and_every_text_finds_itself(shelf, text):
    base = shelf.base(f"b{shelf.c.execute('SELECT COUNT(*) FROM bases').fetchone()[0]}")
    text = text.encode("utf-8", "ignore").decode()
    (id_,) = shelf.add(base, "d", [text])
    words = opened(shelf, base)
    ranked = search_words(shelf.c, [words], text, 5)
    assert ranked in ([], [(id_, pytest.approx(ranked[0][1] if ranked else 0))])
    assert bool(ranked) == bool(words_module.tokens(text))
    for chunk_score in ranked:
        assert 0 < chunk_score[1] <= 1.000001
