from knowledge.passages import Passage, distinct, scored


def passage(chunk: int, text: str) -> Passage:
    return Passage(chunk, "b", 1, "a.md", "A", "", text, 0.5)


def test_the_score_is_the_mean_and_words_alone_without_vectors() -> None:
    scores = scored({1: 0.5, 2: 1.0, 4: 0.25}, {1: 0.75, 2: -0.5, 3: 0.5, 5: 1.0000001})
    assert scores == {1: 0.625, 2: 0.5, 3: 0.25, 4: 0.25, 5: 0.5}


def test_what_says_the_same_comes_once() -> None:
    words = "one two three four five six seven eight nine ten"
    found = [passage(1, words), passage(2, f"{words}!"), passage(3, "one two three"), passage(4, "eleven twelve")]
    assert [each.chunk for each in distinct(found, 10)] == [1, 3, 4]
    assert [each.chunk for each in distinct(found, 2)] == [1, 3]
