from io import BytesIO

import pytest

from knowledge.loading.draft import Draft
from knowledge.loading.formats.html import read, to_markdown
from knowledge.loading.types import Limits, LoadError


def document(html: str | bytes) -> Draft:
    made = Draft(Limits())
    read(BytesIO(html.encode() if isinstance(html, str) else html), made)
    return made


def test_the_main_text_with_its_structure() -> None:
    made = document(
        "<title>A\n guide</title><nav>menu</nav><main><h2>Refunds</h2><p>Five <b>days</b>.</p><ul><li>one</li></ul>"
        "<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table></main><footer>imprint</footer>"
    )
    assert made.title == "A guide"
    for shown in ("## Refunds", "Five **days**.", "- one", "| a | b |\n| --- | --- |\n| 1 | 2 |"):
        assert shown in made.text
    assert "menu" not in made.text
    assert "imprint" not in made.text


@pytest.mark.parametrize(
    "hidden",
    [
        "<script>secret</script>",
        "<style>secret</style>",
        "<!-- secret -->",
        "<template>secret</template>",
        "<noscript>secret</noscript>",
        "<svg><text>secret</text></svg>",
        "<p hidden>secret</p>",
        "<p aria-hidden=true>secret</p>",
        "<input type=hidden value=secret>",
        "<dialog>secret</dialog>",
        "<p style='color:red; DISPLAY : none'>secret</p>",
        "<p style='visibility:hidden'>secret</p>",
        "<p style='font-size:0px'>secret</p>",
        "<p style='font-size:0.0em'>secret</p>",
        "<p style='opacity:0'>secret</p>",
        "<p style='position:absolute;left:-9999px'>secret</p>",
    ],
)
def test_what_nobody_sees_is_not_read(hidden: str) -> None:
    assert document(f"<body><p>before</p>{hidden}<p>behind</p></body>").text.split() == ["before", "behind"]


@pytest.mark.parametrize("style", ["font-size:0.9em", "opacity:0.5", "left:-5px", "display:block"])
def test_what_is_only_styled_stays(style: str) -> None:
    assert "shown" in document(f"<p style='{style}'>shown</p>").text


def test_text_behind_what_is_dropped_stays() -> None:
    assert document("<p>a<!-- x -->b<script>y</script>c</p>").text == "abc\n\n"


@pytest.mark.parametrize(
    "data",
    [
        '<meta charset="windows-1252"><p>größe'.encode("cp1252"),
        '<?xml version="1.0" encoding="utf-8"?><p>größe'.encode(),
        "<p>größe".encode("utf-16"),
    ],
)
def test_encodings(data: bytes) -> None:
    assert document(data).text == "größe\n\n"


@pytest.mark.parametrize("html", ["", " ", "<!-- -->", "<html></html>"])
def test_nothing(html: str) -> None:
    assert document(html).is_empty


def test_entities_of_its_own_do_not_grow() -> None:
    made = document('<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><p>&b;&amp;</p>')
    assert "aaaa" not in made.text.replace('"aaaa"', "")


def test_a_page_that_is_nested_too_deeply() -> None:
    with pytest.raises(LoadError, match="is nested too deeply"):
        to_markdown("<div>" * 250 + "<b>" * 5000 + "x")
