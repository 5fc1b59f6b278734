"""What the walks share: their arguments and a page in a headless Chromium.

A walk runs in the environment of ``environments.tools``, not in askwire's own: ``python -m
tests.clients.browsers.walks.NAME --url … --user … --screenshots …``. It ends with status 0 when every page showed what
it should, and prints one line for each.
"""

import argparse
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Error, Locator, Page, sync_playwright

CHROMIUM = "/usr/bin/chromium-headless-shell"
TIMEOUT_MS = 30_000
ASK_TIMEOUT_MS = 120_000
QUESTION = "monthly revenue by region"
Wait = Callable[[Page], object]


def loaded(page: Page) -> None:
    page.wait_for_load_state("load", timeout=ASK_TIMEOUT_MS)


def silent(page: Page) -> None:
    """Half a second without a request: where nothing else tells that a page's scripts are done."""
    page.wait_for_load_state("networkidle", timeout=ASK_TIMEOUT_MS)


@dataclass(frozen=True)
class Arguments:
    """``url``: the web application; ``host`` and ``port``: the gateway; ``ask``: whether it has a model."""

    url: str
    host: str
    port: int
    user: str
    password: str
    database: str
    scratch: str
    screenshots: Path
    every_page: bool
    ask: bool


def arguments() -> Arguments:
    parser = argparse.ArgumentParser()
    for name in ("url", "host", "user", "password", "database", "scratch"):
        parser.add_argument(f"--{name}", default="")
    parser.add_argument("--port", type=int)
    parser.add_argument("--screenshots", type=Path)
    parser.add_argument("--every-page", action="store_true")
    parser.add_argument("--ask", action="store_true")
    return Arguments(**vars(parser.parse_args()))


class Visitor:
    """A page of one application. ``errors`` is the CSS selector of its error boxes: none may be seen.

    ``settle`` waits until a page may be looked at.
    """

    def __init__(self, page: Page, arguments: Arguments, errors: str, settle: Wait) -> None:
        self.page, self.url, self._folder, self._errors = page, arguments.url, arguments.screenshots, errors
        self._every_page, self._settle = arguments.every_page, settle
        self._shots = 0
        self.failed = False
        self._faults: list[str] = []
        page.set_default_timeout(TIMEOUT_MS)
        page.on("pageerror", lambda error: self._faults.append(f"script error: {error}"))
        page.on("response", lambda answer: self._note(answer.status, answer.url))

    def go(self, path: str) -> None:
        self.page.goto(self.url + path, wait_until="load")

    def see(self, what: str, *texts: str) -> None:
        """Check that ``texts`` (regular expressions) are shown and no error is.

        A screenshot called ``what`` is taken of the first page, or of each one.
        """
        self._settle(self.page)
        if self._every_page or not self._shots:  # one takes as long as the page itself
            self._shoot(what)
        boxes = [box.inner_text().strip() for box in self.page.locator(self._errors).all() if box.is_visible()]
        shown = self.text("body")
        missing = [text for text in texts if not re.search(text, shown)]
        self.check(what, [*boxes, *self._faults, *(f"{text!r} is not shown" for text in missing)], [])
        self._faults.clear()

    def check(self, what: str, found: Any, expected: Any) -> None:
        """Say whether they are equal; the walk goes on, and fails at its end when one was not."""
        if found == expected:
            print(f"{what}: ok", flush=True)
        else:
            print(f"{what}: FAILED, not {expected!r} but {found!r}"[:3000], flush=True)
            self.failed = True

    def step(self, step: Callable[[], None], name: str) -> None:
        """One part of the walk; when it cannot be finished the next one is tried all the same."""
        try:
            step()
        except (Error, AssertionError, IndexError) as error:
            self._shoot("failed")
            self.check(name, str(error), "")

    def _shoot(self, what: str) -> None:
        self._shots += 1
        self.page.screenshot(path=self._folder / f"{self._shots:02d}-{what.replace(' ', '-')}.png")

    def text(self, where: str) -> str:
        """What is shown of the elements that match, white space made single."""
        shown = "\n".join(element.inner_text() for element in self.page.locator(where).all())
        return re.sub(r"[^\S\n]+", " ", shown)

    def rows(self, table: str) -> list[list[str]]:
        """The cells of the body of the table that the CSS selector finds."""
        return [cells(row) for row in self.page.locator(f"{table} tbody tr").all()]

    def _note(self, status: int, url: str) -> None:
        if status >= 500:
            self._faults.append(f"{status} from {url}")


def cells(row: Locator) -> list[str]:
    return [" ".join(text.split()) for text in row.locator("td, th").all_inner_texts()]


@contextmanager
def visitor(arguments: Arguments, errors: str, settle: Wait = loaded) -> Iterator[Visitor]:
    """Start the browser; every question of the page is answered with yes. Ends the process with 1 if a check failed."""
    arguments.screenshots.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1400, "height": 1000}, locale="en-GB")
        page.on("dialog", lambda dialog: dialog.accept())
        found = Visitor(page, arguments, errors, settle)
        yield found
        browser.close()
    sys.exit(1 if found.failed else 0)
