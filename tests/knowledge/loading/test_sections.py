import pytest

from knowledge.loading.sections import blocks


def found(text: str) -> list[tuple[str, tuple[str, ...], bool]]:
    """(text, headings, whether it is a table) of each block; together they are the whole text."""
    all_of_it = list(blocks(text))
    assert "".join(text[b.start : b.end] for b in all_of_it) == text
    return [(text[b.start : b.end], b.path, b.table is not None) for b in all_of_it]


def test_nothing() -> None:
    assert found("") == []


def test_headings_begin_blocks() -> None:
    text = "intro\n# A\n## B\ntext\n## C\nmore\n# D\nend"
    assert found(text) == [
        ("intro\n", (), False),
        ("# A\n## B\ntext\n", ("A", "B"), False),
        ("## C\nmore\n", ("A", "C"), False),
        ("# D\nend", ("D",), False),
    ]


def test_a_level_that_is_left_out() -> None:
    assert [path for _, path, _ in found("# A\nx\n### B\ny\n## C\nz\n")] == [("A",), ("A", "B"), ("A", "C")]


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("Title\n=====\nx", ("Title",)),
        ("Title\n---\nx", ("Title",)),
        ("   ### Title ###\nx", ("Title",)),
        ("# [Link](http://h) `code` **bold** <b>tag</b>\nx", ("Link code bold tag",)),
        ("#\tTitle\nx", ("Title",)),
        ("#\nx", ()),
        ("# " + "t" * 500 + "\nx", ("t" * 120,)),
    ],
)
def test_titles(text: str, path: tuple[str, ...]) -> None:
    assert [found_path for _, found_path, _ in found(text)] == [path]


@pytest.mark.parametrize(
    "text",
    [
        "#hashtag\nx",
        "    # code\nx",
        "####### seven\nx",
        "a paragraph\nof two lines\n---\nx",
        "- a list\n---\nx",
        "> quoted\n===\nx",
        "x\n-\ny",
        "```\n# no heading\n```\nx",
        "~~~~\n# no heading\n~~~\n# still none\n~~~~",
        "```\nnever closed\n# no heading",
    ],
)
def test_what_is_no_heading(text: str) -> None:
    assert {path for _, path, _ in found(text)} == {()}


def test_tables_are_blocks() -> None:
    text = "# A\n| a | b |\n|---|---|\n| 1 | 2 |\nbehind\n"
    assert found(text) == [
        ("# A\n| a | b |\n|---|---|\n| 1 | 2 |\n", ("A",), True),
        ("behind\n", ("A",), False),
    ]
    (table, _) = blocks(text)
    assert table.table == 4


@pytest.mark.parametrize("text", ["| a | b |", "| a |\n| b |\nx", "a\n|---|\n", "```\n| a |\n|---|\n```"])
def test_what_is_no_table(text: str) -> None:
    assert not any(is_table for _, _, is_table in found(text))


@pytest.mark.parametrize(
    "text", ["#" * 100_000, "[" * 100_000, "# " + "[" * 100_000, "|" * 100_000 + "\n" + "|" * 100_000, "-\n" * 50_000]
)  # fmt: skip
def test_hostile_texts_take_no_longer_than_others(text: str) -> None:
    found(text)
