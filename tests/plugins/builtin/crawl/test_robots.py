import pytest

from plugins.builtin.crawl.robots import MAX_SITEMAPS, is_index, places, read

RULES = "User-agent: *\nDisallow: /private\nAllow: /private/open\nDisallow: /*.php$\n"


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/", True),
        ("/private", False),
        ("/private/x", False),
        ("/private/open/x", True),
        ("/a.php", False),
        ("/a.php?x", True),
        ("/%70rivate", False),
    ],
)
def test_what_may_be_crawled(path: str, allowed: bool) -> None:
    assert read(RULES).allows(f"https://h{path}") is allowed


def test_rules_for_this_crawler_take_the_place_of_others() -> None:
    own = read(RULES + "User-agent: askwire\nDisallow: /mine\n")
    assert own.allows("https://h/private")
    assert not own.allows("https://h/mine/x")
    assert not read("User-agent: AskWire\nDisallow: /\n").allows("https://h/x")


@pytest.mark.parametrize("text", ["", "\0\0", "<html>no rules</html>", "Disallow: /", "User-agent: other\nDisallow: /"])
def test_no_rules(text: str) -> None:
    found = read(text)
    assert found.allows("https://h/x")
    assert (found.delay, found.sitemaps) == (0.0, ())


def test_nul_does_not_hide_a_rule() -> None:
    assert not read("User-agent: *\nDis\0allow: /\n").allows("https://h/x")


@pytest.mark.parametrize(
    ("lines", "delay"),
    [
        ("Crawl-delay: 2.5", 2.5),
        ("Request-rate: 1/10", 10.0),
        ("Crawl-delay: 20\nRequest-rate: 1/10", 20.0),
        ("Crawl-delay: -3", 0.0),
        ("Crawl-delay: soon", 0.0),
        ("Request-rate: 0/10", 0.0),
    ],
)
def test_pauses(lines: str, delay: float) -> None:
    assert read(f"User-agent: *\n{lines}\n").delay == delay


def test_sitemaps_are_few_and_short() -> None:
    urls = [f"https://h/{n}.xml" for n in range(MAX_SITEMAPS + 5)]
    text = "".join(f"Sitemap: {url}\n" for url in ("https://h/" + "x" * 2000, urls[0], *urls))
    assert read(text).sitemaps == tuple(urls[:MAX_SITEMAPS])


def test_places_of_a_sitemap() -> None:
    text = "<urlset><url><loc>https://h/a?b=1&amp;c</loc></url><LOC>\n https://h/b\n</LOC><loc></loc></urlset>"
    assert places(text) == ["https://h/a?b=1&c", "https://h/b"]


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><loc>&b;</loc>',
        "<loc>" + " " * 300_000,
        "<loc>" * 100_000,
        "<loc>" + "x" * 300_000,
    ],
    ids=lambda text: text[:12],
)
def test_hostile_sitemaps(text: str) -> None:
    """No entity grows, and nothing takes long."""
    assert all(len(place) <= 2_000 and "aaaa" not in place for place in places(text))


def test_an_index_of_sitemaps() -> None:
    assert is_index('<?xml version="1.0"?><sitemapindex xmlns="x">')
    assert not is_index("<urlset>")
    assert not is_index(" " * 10_000 + "<sitemapindex")
