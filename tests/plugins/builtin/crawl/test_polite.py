"""One request at a time, with pauses, within a time; by a clock of the test's own."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from plugins.builtin.crawl.polite import MAX_DELAY_S, Failed, Late, Polite
from plugins.errors import AskwireError, ErrorCode
from plugins.loading import Response, Web
from tests.plugins.builtin.crawl.clock import set_clock

Answer = Callable[[str], tuple[int, dict[str, str], str | None]]


class Site:
    """Answers by address with (status, headers, text); keeps what it was asked, and when."""

    def __init__(self, folder: Path, answers: dict[str, list[Any]]) -> None:
        self._folder = folder
        self._answers = answers
        self.now = 0.0
        self.asked: list[tuple[float, str]] = []
        self.takes = 0.0

    async def get(self, url: str, folder: Path, **_options: Any) -> Response:
        self.asked.append((self.now, url))
        self.now += self.takes
        waiting = self._answers[url]
        given = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        if isinstance(given, Exception):
            raise given
        status, headers, text = given
        path = None
        if text is not None:
            path = folder / f"{len(self.asked)}.body"
            path.write_text(text)
        return Response(url, status, headers, path)

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Polite, Site]]:
    def made(pause: float = 1.0, max_s: float = 1000.0, **answers: Any) -> tuple[Polite, Site]:
        urls = {f"https://h/{name.replace('robots', 'robots.txt')}": value for name, value in answers.items()}
        site = Site(tmp_path, urls)
        set_clock(monkeypatch, lambda: site.now, site.sleep)
        return Polite(Web(site.get), tmp_path, pause, max_s), site

    return made


OK = (200, {}, "text")


async def test_a_pause_between_requests(make: Callable[..., tuple[Polite, Site]]) -> None:
    polite, site = make(2.0, a=[OK])
    for _ in range(3):
        await polite.get("https://h/a")
    assert [when for when, _ in site.asked] == [0.0, 2.0, 4.0]
    assert polite.requests == 3


@pytest.mark.parametrize(
    ("header", "waited"), [("7", 7.0), ("99999", 120.0), ("soon", 2.0), ("-5", 2.0), ("٩", 2.0), ("1", 2.0)]
)
async def test_a_busy_site_is_asked_again_later(
    make: Callable[..., tuple[Polite, Site]], header: str, waited: float
) -> None:
    polite, site = make(1.0, a=[(503, {"retry-after": header}, None), OK])
    assert (await polite.get("https://h/a")).status == 200
    assert site.asked[1][0] == waited


async def test_a_site_that_stays_busy(make: Callable[..., tuple[Polite, Site]]) -> None:
    polite, site = make(1.0, a=[(429, {}, None)])
    assert (await polite.get("https://h/a")).status == 429
    assert [when for when, _ in site.asked] == [0.0, 2.0, 6.0]


async def test_the_crawls_time(make: Callable[..., tuple[Polite, Site]]) -> None:
    polite, site = make(3.0, max_s=5.0, a=[OK])
    for _ in range(2):
        await polite.get("https://h/a")
    with pytest.raises(Late, match="was not fetched within the time of a crawl"):
        await polite.get("https://h/a")
    assert len(site.asked) == 2


async def test_what_cannot_be_fetched(make: Callable[..., tuple[Polite, Site]]) -> None:
    polite, _ = make(a=[AskwireError(ErrorCode.CANNOT_LOAD, "'https://h/a' is private")], b=[(404, {}, None)])
    with pytest.raises(Failed, match=r"^is private$"):
        await polite.get("https://h/a")
    with pytest.raises(Failed, match="answers with status 404"):
        await polite.text("https://h/b")


async def test_texts_leave_no_file(make: Callable[..., tuple[Polite, Site]], tmp_path: Path) -> None:
    polite, _ = make(a=[OK])
    assert await polite.text("https://h/a") == "text"
    assert list(tmp_path.iterdir()) == []


async def test_rules_are_read_once(make: Callable[..., tuple[Polite, Site]], tmp_path: Path) -> None:
    polite, site = make(1.0, robots=[(200, {}, "User-agent: *\nDisallow: /x\nCrawl-delay: 9\n")], a=[OK])
    for _ in range(2):
        assert not (await polite.robots("https://h")).allows("https://h/x")
    assert list(tmp_path.iterdir()) == []
    await polite.get("https://h/a")
    assert [when for when, _ in site.asked] == [0.0, 9.0]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
async def test_a_site_without_rules(make: Callable[..., tuple[Polite, Site]], status: int) -> None:
    polite, _ = make(robots=[(status, {}, None)])
    assert (await polite.robots("https://h")).allows("https://h/x")


@pytest.mark.parametrize(
    "answer",
    [(500, {}, None), (503, {}, None), (429, {}, None), (302, {}, None), AskwireError(ErrorCode.CANNOT_LOAD, "no")],
)
async def test_a_site_that_does_not_say(make: Callable[..., tuple[Polite, Site]], answer: Any) -> None:
    """RFC 9309, 2.3.1.4: nothing is allowed."""
    polite, _ = make(robots=[answer])
    with pytest.raises(AskwireError, match="so it is not known what may be crawled") as error:
        await polite.robots("https://h")
    assert error.value.code is ErrorCode.CANNOT_LOAD


async def test_rules_elsewhere(make: Callable[..., tuple[Polite, Site]]) -> None:
    polite, _ = make(robots=[(301, {"location": "/other"}, None)], other=[(200, {}, "User-agent: *\nDisallow: /x\n")])
    assert not (await polite.robots("https://h")).allows("https://h/x")


async def test_redirects_without_end(make: Callable[..., tuple[Polite, Site]]) -> None:
    """RFC 9309, 2.3.1.2: as if there were none."""
    polite, site = make(robots=[(301, {"location": "/robots.txt"}, None)])
    assert (await polite.robots("https://h")).allows("https://h/x")
    assert len(site.asked) == 6


async def test_a_site_that_wants_long_pauses(make: Callable[..., tuple[Polite, Site]]) -> None:
    polite, _ = make(robots=[(200, {}, f"User-agent: *\nCrawl-delay: {MAX_DELAY_S + 1}\n")])
    with pytest.raises(AskwireError, match="asks for 61 seconds between requests; at most 60 are kept"):
        await polite.robots("https://h")
