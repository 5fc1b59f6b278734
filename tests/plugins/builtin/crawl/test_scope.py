import pytest

from plugins.builtin.crawl.scope import Scope, is_crawl, is_text, normal

SCOPE = Scope("https://example.com/docs/")


@pytest.mark.parametrize(
    ("href", "url"),
    [
        ("a.html#part", "https://example.com/docs/a.html"),
        ("./b/../c", "https://example.com/docs/c"),
        ("//EXAMPLE.com:443/docs/x", "https://example.com/docs/x"),
        ("?q=1", "https://example.com/docs/page?q=1"),
        (" a b ", None),
        ("/docs", None),
        ("../x", None),
        ("/docs/../x", None),
        ("/docs//../x", "https://example.com/docs/x"),
        ("/docs/%2E%2e/x", None),
        ("/docs/a\\b", None),
        ("http://example.com/docs/x", None),
        ("https://example.com:8443/docs/x", None),
        ("https://example.com.evil/docs/", None),
        ("https://user@example.com/docs/", None),
        ("https://example.com@evil/docs/", None),
        ("https://[/docs/", None),
        ("https://example.com:99999/docs/", None),
        ("javascript:alert(1)", None),
        ("a/" * 30, None),
        ("x" * 2000, None),
    ],
)
def test_links(href: str, url: str | None) -> None:
    assert SCOPE.link("https://example.com/docs/page", href) == url


def test_names() -> None:
    assert [SCOPE.name(url) for url in ("https://example.com/docs/", "https://example.com/docs/a/b?c")] == ["", "a/b?c"]


def test_one_spelling() -> None:
    assert normal("HTTP://Example.COM:80") == "http://example.com/"
    assert normal("http://[::1]:8080/x#y") == "http://[::1]:8080/x"


def test_what_is_a_crawl() -> None:
    urls = ["http://h/", "http://h/a/", "http://h", "http://h/a", "http://h/a.html", "http://h/a/?q", "http://[/"]
    assert [is_crawl(url) for url in urls] == [True, True, False, False, False, False, False]


def test_files_without_text_are_not_asked_for() -> None:
    assert [is_text(f"http://h/x{end}") for end in ("", ".html", ".pdf", ".png", ".css", ".woff2", ".php?a.png")] == [
        *(True, True, True, False, False, False, True)
    ]
