"""What the console's walks share: a page in headless Chromium whose every fault is a failure.

A walk runs in the environment of ``tests.clients.browsers.environments.tools``, see ``__main__``.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, Page, expect

VIEWS = ("status", "live", "ask", "history", "knowledge", "terms", "queries", "models", "metrics")
TIMEOUT_MS = 60_000
# Elements that only a text that was taken for HTML could have made.
FOREIGN = "img:not(.brand img), body script, iframe, object, embed, [onload], [onerror], [onclick], [style*=url]"


@dataclass
class Console:
    """``faults``: what the browser complained of; a walk ends with none."""

    browser: Browser
    facts: dict[str, Any]
    page: Page = field(init=False)
    faults: list[str] = field(default_factory=list)

    @contextmanager
    def opened(self, token: str = "admin", view: str = "status", clock: bool = False, **context: Any) -> Iterator[Page]:
        """A fresh window at ``view``, its token given (``admin``, ``reader``, or '' for none).

        ``clock``: ``page.clock`` may hurry it, where the page waits before it looks again.
        """
        kept = self.browser.new_context(**{"viewport": {"width": 1300, "height": 900}, "locale": "en-GB", **context})
        self.page = page = kept.new_page()
        page.set_default_timeout(TIMEOUT_MS)
        expect.set_options(timeout=TIMEOUT_MS)
        page.add_init_script("window.hit = () => { window.wasHit = true; }")
        page.on("console", lambda said: self._heard(said.type, said.text))
        page.on("pageerror", lambda error: self.faults.append(f"script error: {error}"))
        page.on("dialog", lambda dialog: (self.faults.append(f"a dialog: {dialog.message}"), dialog.dismiss()))
        if clock:
            page.clock.install()
        page.goto(f"{self.facts['url']}#/{view}")
        if token:
            page.get_by_label("Token").fill(self.facts[token])
            page.get_by_role("button", name="Open").click()
            self.heading(view)
        failed = True
        try:
            yield page
            failed = bool(self.faults)
        finally:
            if failed:  # it takes as long as the page itself
                page.screenshot(path=Path(self.facts["screenshots"]) / "last.png")
            kept.close()

    def _heard(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.faults.append(f"{kind}: {text}")

    def go(self, view: str) -> None:
        self.page.evaluate("view => { location.hash = '#/' + view }", view)
        self.heading(view.split("/")[0])

    def heading(self, view: str) -> None:
        title = "Verified queries" if view == "queries" else view.capitalize()
        expect(self.page.get_by_role("heading", level=1)).to_have_text(title)

    def sign_in(self, user: str = "app", database: str = "shop", password: str = "secret") -> None:
        """In the dialog that asks for the database account."""
        box = self.page.get_by_role("dialog", name="Sign in to the database")
        for label, text in (("User", user), ("Password", password), ("Database", database)):
            box.get_by_label(label).fill(text)
        box.get_by_role("button", name="Sign in").click()

    def submit(self, question: str) -> None:
        """Ask, once the answer before is there whole."""
        expect(self.page.get_by_role("button", name="Ask", exact=True)).to_be_enabled()
        self.page.get_by_label("Question").fill(question)
        self.page.get_by_label("Question").press("Control+Enter")

    def ask(self, question: str) -> Locator:
        """Ask and wait for the end; gives the answer."""
        self.submit(question)
        if self.page.get_by_text("No database account yet").is_visible():
            self.sign_in()
        answer = self.page.locator("article.answer")
        expect(answer.get_by_role("heading", level=2)).to_have_text(question)
        expect(answer.locator(".outcome .badge")).to_be_visible()
        assert answer.locator(".outcome .badge").inner_text() == "Answered", answer.inner_text()
        return answer

    def until(self, condition: Callable[[], bool], otherwise: str) -> None:
        """Wait until ``condition`` holds, which is not one of the page's; fail with ``otherwise``."""
        deadline = time.monotonic() + TIMEOUT_MS / 1000
        while not condition():
            assert time.monotonic() < deadline, otherwise
            self.page.wait_for_timeout(10)

    def done(self) -> None:
        """What the dialog was for is done."""
        expect(self.page.get_by_role("dialog")).to_have_count(0)

    def settled(self) -> None:
        """Nothing is being loaded any more."""
        expect(self.page.locator(".state.loading")).to_have_count(0)

    def check_harmless(self) -> None:
        """No text became HTML, and no script of others ran."""
        assert self.page.locator(FOREIGN).count() == 0, self.page.locator(FOREIGN).first.evaluate("e => e.outerHTML")
        links = self.page.locator("a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
        assert all(link.startswith("#") for link in links), links
        assert not self.page.evaluate("window.wasHit === true")

    def check_width(self) -> None:
        """The page itself does not scroll sideways."""
        wide, window = self.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert wide <= window, f"{self.page.url} is {wide} pixels wide in {window}"
