"""Without a mouse: from the token to an answer and to a tab, the focus always seen."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.proxy.admin.console.walks.common import VIEWS, Console

DOCS = Path(__file__).resolve().parents[5] / "docs/console.md"
KEYS = dict(zip(VIEWS, "slahktqmx", strict=True))
# The element with the focus, or the label that stands for a hidden radio or file input, draws an outline.
OUTLINED = """() => {
  const at = document.activeElement;
  const drawn = [at, at.nextElementSibling, at.closest("label")].filter(Boolean);
  return at === document.body || drawn.some((e) => getComputedStyle(e).outlineStyle !== "none");
}"""


def walk(console: Console) -> None:
    with console.opened(token="") as page:
        expect(page.get_by_label("Token")).to_be_focused()
        page.keyboard.type(console.facts["admin"])
        page.keyboard.press("Enter")
        console.heading("status")
        skip_link(page)
        for view, key in KEYS.items():
            page.keyboard.press("g")
            page.keyboard.press(key)
            console.heading(view)
            expect(page.get_by_role("heading", level=1)).to_be_focused()
        ask(console)
        dialogs(page)
        tabs(console)
        reached(console)


def skip_link(page: Page) -> None:
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Status")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()


def ask(console: Console) -> None:
    page = console.page
    page.keyboard.press("g")
    page.keyboard.press("a")
    console.heading("ask")
    page.keyboard.press("/")
    expect(page.get_by_label("Question")).to_be_focused()
    page.keyboard.type("orders and customers per status? gg")
    page.keyboard.press("Backspace")
    page.keyboard.press("Backspace")
    page.keyboard.press("Control+Enter")
    for label, text in (("User", "app"), ("Password", "secret"), ("Database", "shop")):
        expect(page.get_by_role("dialog").get_by_label(label)).to_be_focused()
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".outcome")).to_contain_text("Answered")
    expect(page.get_by_label("Question")).to_be_focused()
    page.keyboard.press("Escape")


def dialogs(page: Page) -> None:
    page.get_by_role("heading", level=1).focus()
    page.keyboard.press("?")
    rows = page.get_by_role("dialog", name="Keys").locator("tr").all()
    shown = [" | ".join(row.locator("td").all_inner_texts()) for row in rows]
    documented = re.findall(r"^\| `(.*?)` \| (.*?) \|$", DOCS.read_text(), re.MULTILINE)
    assert shown == [" | ".join(one) for one in documented], shown
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    page.keyboard.press("?")
    # The dialog before may still be in the document, closed: a role is only what is shown.
    page.get_by_role("dialog").get_by_label("Keys of one letter are on").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.evaluate("localStorage.removeItem('askwire.keys-off')")


def tabs(console: Console) -> None:
    page = console.page
    console.go("history")
    page.get_by_role("tab", name="Latest").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Slowest")).to_be_focused()
    expect(page.get_by_role("tab", name="Slowest")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Home")
    expect(page.get_by_role("tab", name="Latest")).to_have_attribute("aria-selected", "true")


def reached(console: Console) -> None:
    """Tab comes to every control of every view, and each shows that it has the focus."""
    page = console.page
    for view in VIEWS:
        console.go(view)
        console.settled()
        controls = page.locator("main :is(button, input, select, textarea, a, summary):visible").count()
        seen = set()
        for _ in range(controls + 30):
            page.keyboard.press("Tab")
            if not page.evaluate("document.activeElement.closest('main')"):
                break
            assert page.evaluate(OUTLINED), (view, page.evaluate("document.activeElement.outerHTML"))
            seen.add(page.evaluate("document.activeElement.outerHTML"))
        assert seen or not controls, view
