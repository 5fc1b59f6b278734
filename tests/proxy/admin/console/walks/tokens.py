"""The token: asked for once, a wrong one refused, Escape leaves, a reader sees no buttons that it may not use."""

from playwright.sync_api import expect

from tests.proxy.admin.console.walks.common import VIEWS, Console

CHANGING = {"End", "Cancel", "Delete", "Good", "Bad…", "New base…", "New term…", "New verified query…"}


def walk(console: Console) -> None:
    asked_once(console)
    console.faults.clear()  # the wrong token's 401, which Chromium puts into the log
    replaced(console)
    assert all("401" in fault for fault in console.faults), console.faults
    console.faults.clear()
    reader(console)


def asked_once(console: Console) -> None:
    with console.opened(token="") as page:
        box = page.get_by_role("dialog", name="Open the console")
        expect(box.get_by_label("Token")).to_be_focused()
        page.keyboard.press("Escape")
        expect(page.get_by_text("The console needs a token")).to_be_visible()
        page.get_by_role("button", name="Enter the token").click()
        box.get_by_label("Token").fill("wrong")
        page.keyboard.press("Enter")
        expect(box.get_by_role("alert")).to_have_text("The gateway does not know this token.")
        box.get_by_label("Token").fill(console.facts["admin"])
        page.keyboard.press("Enter")
        expect(page.get_by_text("Ready", exact=True)).to_be_visible()
        assert page.evaluate("Object.values(localStorage).join() + document.cookie").count(console.facts["admin"]) == 0
        page.reload()
        expect(page.get_by_text("Ready", exact=True)).to_be_visible()


def replaced(console: Console) -> None:
    """A token that counts no more is asked for again, and what was under way goes on."""
    with console.opened() as page:
        page.evaluate("sessionStorage.setItem('askwire.token', 'x'.repeat(40))")
        console.page.evaluate("location.hash = '#/models'")
        page.get_by_label("Token").fill(console.facts["admin"])
        page.get_by_role("button", name="Open").click()
        expect(page.get_by_role("region", name="Models")).to_be_visible()
        page.get_by_role("button", name="Forget token").click()
        expect(page.get_by_role("dialog", name="Open the console")).to_be_visible()


def reader(console: Console) -> None:
    with console.opened(token="reader") as page:
        expect(page.get_by_text("Reader", exact=True)).to_be_visible()
        for view in VIEWS:
            console.go(view)
            console.settled()
            names = page.locator("main button:visible").all_inner_texts()
            assert not CHANGING & set(names), (view, names)
        console.go("ask")
        console.ask("monthly revenue by region")
