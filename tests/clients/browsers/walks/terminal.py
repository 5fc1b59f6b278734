"""A picture of a terminal: a program's own output, laid out by a terminal emulator and drawn by the browser."""

from html import escape
from itertools import groupby
from pathlib import Path

import pyte
from playwright.sync_api import sync_playwright
from pyte.screens import Char

from tests.clients.browsers.walks.common import CHROMIUM

STYLE = "margin: 0; padding: 12px; width: max-content; font: 13px/1.25 monospace; background: #fff; color: #222"


def draw(written: str, rows: int, columns: int, path: Path) -> None:
    """``written``: all that was written to a terminal of this size since it was empty."""
    screen = pyte.Screen(columns, rows)
    pyte.Stream(screen).feed(written)
    used = max((row for row, text in enumerate(screen.display, 1) if text.strip()), default=0)
    lines = "\n".join(_line([screen.buffer[row][column] for column in range(columns)]) for row in range(used))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.set_content(f'<pre style="{STYLE}">{lines}</pre>')
        page.locator("pre").screenshot(path=path)
        browser.close()


def _line(characters: list[Char]) -> str:
    """HTML; characters of the same looks are one element, and the second half of a wide one is empty."""
    runs = groupby(characters, lambda character: character._replace(data=""))
    return "".join(_span(looks, "".join(character.data for character in run)) for looks, run in runs)


def _span(looks: Char, text: str) -> str:
    front, back = _color(looks.fg, "#222"), _color(looks.bg, "#fff")
    if looks.reverse:
        front, back = back, front
    weight = "bold" if looks.bold else "normal"
    return f'<span style="color: {front}; background: {back}; font-weight: {weight}">{escape(text)}</span>'


def _color(name: str, default: str) -> str:
    """A name of the eight colours, or six digits of one of the 256."""
    if name == "default":
        return default
    return f"#{name}" if len(name) == 6 and set(name) <= set("0123456789abcdef") else name.removeprefix("bright")
