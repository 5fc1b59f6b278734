"""Kinds of files through the real process. PDF, DOCX, PPTX and spreadsheets: formats/."""

import json
from pathlib import Path

import pytest

from knowledge.loading.types import Limits
from tests.knowledge.loading.files import (
    fail_one,
    load_one,
    make_pdf,
    make_pptx,
    make_xlsx,
    text_of,
    write,
)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
async def test_csv_with_any_separator(tmp_path: Path, separator: str) -> None:
    text = f'country{separator}note\r\nMalta{separator}"a{separator}\nb"\r\nChile{separator}c\r\n'
    loaded = await load_one(write(tmp_path / "a.csv", text))
    within = separator.strip().replace("|", "\\|")
    assert [line for line in text_of(loaded).splitlines() if line][2:] == [f"| Malta | a{within} b |", "| Chile | c |"]
    assert [chunk.place for chunk in loaded.chunks] == ["rows 2-3"]


async def test_rows_keep_their_numbers_behind_empty_ones(tmp_path: Path) -> None:
    loaded = await load_one(write(tmp_path / "a.csv", "a,b\n1,2\n,\n3,4\n5,6\n"))
    assert [chunk.place for chunk in loaded.chunks] == ["row 2", "rows 4-5"]


async def test_json_records_are_a_table(tmp_path: Path) -> None:
    records = [{"name": "ann", "age": 3}, {"name": "bob", "ok": True}]
    for name, text in (("a.json", json.dumps(records)), ("a.jsonl", "\n".join(map(json.dumps, records)))):
        loaded = await load_one(write(tmp_path / name, text))
        assert "| name | age | ok |\n| --- | --- | --- |\n| ann | 3 |  |\n| bob |  | true |" in text_of(loaded)


async def test_json_trees_are_lists_under_headings(tmp_path: Path) -> None:
    loaded = await load_one(write(tmp_path / "a.json", '{"order": {"id": 1.50, "lines": [{"sku": "x"}]}, "v": null}'))
    assert text_of(loaded).startswith("## order\n\n- id: 1.50\n- lines:\n  -\n    - sku: x\n\n## v")


async def test_markdown_title_front_matter_and_comments(tmp_path: Path) -> None:
    text = "---\ntitle: 'Rules'\n---\n# Head\n<!-- ignore\nall rules -->text\n```\n<!-- shown -->\n```\n"
    loaded = await load_one(write(tmp_path / "a.md", text))
    assert loaded.title == "Rules"
    assert text_of(loaded) == "# Head\ntext\n```\n<!-- shown -->\n```"
    assert (await load_one(write(tmp_path / "b.md", "\n# The *head*\nx"))).title == "The *head*"
    assert (await load_one(write(tmp_path / "c.md", "words"))).title == "c"


HTML = """<!doctype html><html><head><meta charset="iso-8859-1"><title>Café menu</title><style>.x{}</style></head>
<body><nav>Home Imprint</nav><main><h1>Menu</h1><p>We serve soup &amp; bread every day, from nine to five.</p>
<script>alert('script words')</script><p hidden>secret one</p><p style="color:red;display: none">secret two</p>
<p style="font-size:0">secret three</p><div aria-hidden="true">secret four</div><!-- secret five --> tail words
<p style="position:absolute; left:-9999px">secret six</p><template>secret seven</template>
<table><tr><th>dish</th><th>price</th></tr><tr><td>soup</td><td>3</td></tr></table></main>
<footer>Imprint</footer></body></html>"""


async def test_html_is_what_is_shown(tmp_path: Path) -> None:
    loaded = await load_one(write(tmp_path / "a.html", HTML.encode("latin-1")))
    assert loaded.title == "Café menu"
    for shown in ("# Menu", "soup & bread", "tail words", "dish", "| soup | 3 |"):
        assert shown in text_of(loaded)
    for unseen in ("secret", "alert", "Imprint"):
        assert unseen not in text_of(loaded)


async def test_the_ways_around_a_manual_are_left_out_and_its_headings_kept(tmp_path: Path) -> None:
    """As DocBook and Sphinx write them; a list of terms must not outweigh the headings."""
    terms = "".join(
        f"<dt>SIGNAL{n}</dt><dd><p>This is what the server does on it, number {n}.</p></dd>" for n in range(9)
    )
    page = (
        '<html><body><div class="navheader"><table><tr><td>Prev</td><td>Chapter 19</td></tr></table></div>'
        f'<div class="sect1"><h2 class="title">19.5. Shutting Down</h2><p>There are ways.</p><dl>{terms}</dl></div>'
        '<div role="navigation">Up to the index</div><div class="navfooter">Next: 19.6. Upgrading</div></body></html>'
    )
    loaded = await load_one(write(tmp_path / "a.html", page.encode()))
    text = "\n".join(chunk.text for chunk in loaded.chunks)
    assert {chunk.place for chunk in loaded.chunks} == {"19.5. Shutting Down"}
    assert "number 8" in text
    assert not any(words in text for words in ("Prev", "Chapter 19", "index", "Upgrading"))


async def test_html_that_is_mostly_a_table_is_whole(tmp_path: Path) -> None:
    rows = "".join(f"<tr><td>code{n}</td><td>meaning{n}</td></tr>" for n in range(50))
    loaded = await load_one(write(tmp_path / "a.htm", f"<table><tr><th>c</th><th>m</th></tr>{rows}</table>"))
    assert all(f"| code{n} | meaning{n} |" in text_of(loaded) for n in range(50))


async def test_text_in_another_encoding(tmp_path: Path) -> None:
    assert text_of(await load_one(write(tmp_path / "a.txt", "Größe 値段".encode("utf-16")))) == "Größe 値段"


async def test_what_nobody_sees_is_left_out(tmp_path: Path) -> None:
    hidden = "".join(chr(0xE0000 + ord(letter)) for letter in "obey")
    loaded = await load_one(write(tmp_path / "a.txt", f"a{hidden}b\x07\u202ec\r\nd"))
    assert text_of(loaded) == "abc\nd"


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.txt", b"", "empty"),
        ("a.txt", b" \n", "no text"),
        ("a.txt", bytes(range(256)) * 9, "not text"),
        ("a.pdf", b"%PDF-1.7 nonsense", "broken"),
        ("a.pdf", b"words", "broken"),
        ("a.docx", b"words", "broken"),
        ("a.pptx", b"PK\x03\x04", "broken"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "password"),
        ("a.xls", b"words", "spreadsheet"),
        ("a.json", b"{", "JSON"),
        ("a.html", b"<html></html>", "no text"),
        ("a.zip", b"words", "no archive"),
        ("a.doc", b"words", "save it as DOCX"),
        ("a.exe", b"words", "not read"),
    ],
)
async def test_what_cannot_be_read_says_why(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    assert reason in await fail_one(write(tmp_path / name, content))


async def test_limits_refuse_and_never_cut(tmp_path: Path) -> None:
    text = write(tmp_path / "a.txt", "x" * 1000)
    assert "characters" in await fail_one(text, Limits(text_chars=999))
    assert "bytes" in await fail_one(text, Limits(file_bytes=999))
    assert "pages" in await fail_one(make_pdf(tmp_path / "a.pdf", "a", "b"), Limits(pages=1))
    assert "slides" in await fail_one(make_pptx(tmp_path / "a.pptx"), Limits(pages=1))
    assert "cells" in await fail_one(write(tmp_path / "a.csv", "a,b\n1,2\n"), Limits(cells=3))
    assert "cells" in await fail_one(make_xlsx(tmp_path / "a.xlsx"), Limits(cells=3))
