from xml.etree import ElementTree as ET

import pytest

from nl2sql.evaluation.html import clean, el, page, render, say


def test_text_and_attributes_are_escaped() -> None:
    html, body = page("<b>", "p > b { }", "1 < 2")
    el(body, "p", "<script>alert(1)</script>&", "x\" onload='y'", data_db='"<')
    text = render(html).decode()
    assert text.startswith('<!doctype html>\n<html lang="en">')
    assert "<title>&lt;b&gt;</title>" in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&amp;" in text
    assert "class=\"x&quot; onload='y'\"" in text
    assert 'data-db="&quot;<"' in text


def test_a_page_runs_its_own_script_only() -> None:
    first, second = (render(page("t", "", script)[0]).decode() for script in ("1", "2"))
    assert "default-src 'none'" in first
    # printf 1 | openssl dgst -sha256 -binary | base64
    assert "script-src 'sha256-a4ayc/80/OGda4BO/1o/V0etpOqiLx1JwB5S3beHW0s='" in first
    assert "a4ayc/80" not in second


@pytest.mark.parametrize(
    ("text", "shown"), [("a\x00b", "a␀b"), ("\x1b[2J", "␛[2J"), ("\x7f", "␡"), ("a\tb\nc\rd", "a\tb\nc\rd"), ("é", "é")]
)
def test_control_characters_are_shown(text: str, shown: str) -> None:
    assert clean(text) == shown


def test_text_that_utf_8_has_not() -> None:
    html, body = page("t", "", "")
    el(body, "p", "\ud800")
    assert b"<p>?</p>" in render(html)


def test_text_stands_behind_what_is_there() -> None:
    parent = ET.Element("p")
    say(parent, "a")
    el(parent, "b", "c")
    say(parent, "d")
    say(parent, "e\x00")
    assert ET.tostring(parent, encoding="unicode") == "<p>a<b>c</b>de␀</p>"
