import time

import pytest

from plugins.builtin.crawl.page import MAX_LINKS, read


def test_links() -> None:
    told = read(
        """<base href="/x/"><a href=one.html>1</a><A class='b' HREF = "two&amp;.html">2</A><area href='three'>
        <a rel="nofollow ugc" href="no"><a name="x"><!-- <a href="no"> --><script>'<a href="no">'</script>
        <STYLE><a href=no></STYLE><a href="four"><a href="one.html"><abbr href="no"><a href="">"""
    )
    assert told.links == ("one.html", "two&.html", "three", "four")
    assert (told.base, told.index, told.follow) == ("/x/", True, True)


@pytest.mark.parametrize(
    ("content", "index", "follow"),
    [("noindex", False, True), ("nofollow", True, False), ("NONE", False, False), ("noindex, nofollow", False, False)],
)
def test_robots(content: str, index: bool, follow: bool) -> None:
    for told in (read(f"<meta name=robots content='{content}'><a href=x>"), read("<a href=x>", content)):
        assert (told.index, told.follow, told.links) == (index, follow, ("x",) if follow else ())
    assert read(f"<meta name=generator content='{content}'>").index


@pytest.mark.parametrize(
    "piece", ["<a ", '<a href="', "<a a=\"a='", "<!--", "<script", "<a " + 'a="' * 600, "<a href=x>", "&"]
)
def test_hostile_pages_take_little_time(piece: str) -> None:
    """Far more than a pattern that is linear takes, far less than one that is not."""
    began = time.process_time()
    told = read(piece * (2_000_000 // len(piece)))
    assert len(told.links) <= MAX_LINKS
    assert time.process_time() - began < 60
