"""Status, live, models and metrics."""

import re

from playwright.sync_api import expect

from tests.proxy.admin.console.walks.common import Console


def walk(console: Console) -> None:
    with console.opened(clock=True) as page:
        status(console)
        console.go("live")
        live(console)
        console.go("models")
        row = page.get_by_role("region", name="Models").get_by_role("row").filter(has_text="house")
        expect(row).to_contain_text("sql, narrate")
        console.go("metrics")
        metrics(console)


def status(console: Console) -> None:
    page = console.page
    expect(page.get_by_text("Ready", exact=True)).to_be_visible()
    expect(page.locator("#sessions")).to_have_text("2")  # those of the test, see test_console.py
    page.get_by_text("Settings", exact=True).click()
    expect(page.get_by_text("admin · listen")).to_be_visible()


def live(console: Console) -> None:
    page = console.page
    idle, busy = str(console.facts["idle"]), str(console.facts["busy"])
    rows = page.get_by_role("region", name="Sessions").locator("tbody tr")
    expect(rows).to_have_count(2)
    page.get_by_label("Only those that hold").fill("nothing like this")
    expect(page.get_by_text("None of the sessions holds this")).to_be_visible()
    page.get_by_label("Only those that hold").fill("app")
    expect(rows).to_have_count(2)
    page.get_by_role("button", name=f"Cancel the statement of session {busy}").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel", exact=True).click()  # thought better of it
    expect(rows.filter(has_text="running")).to_have_count(1)
    page.get_by_role("button", name=f"Cancel the statement of session {busy}").click()
    page.get_by_role("button", name="Cancel it").click()
    console.sign_in()
    expect(page.get_by_text("The statement is stopped.")).to_be_visible()
    expect(rows.filter(has_text="running")).to_have_count(0)
    page.get_by_role("button", name=f"End session {idle}").click()
    page.get_by_role("button", name="End it").click()
    expect(page.get_by_text("The session is ended.")).to_be_visible()
    expect(page.get_by_role("button", name=f"End session {idle}")).to_have_count(0)


def metrics(console: Console) -> None:
    page = console.page
    expect(page.get_by_role("heading", name="Admin HTTP")).to_be_visible()
    family = page.locator(".family").filter(has_text="askwire_admin_requests")
    figure = family.locator("li").filter(has_text="200").locator(".figure")
    expect(figure).to_have_text(re.compile(r"^[\d,]+$"))
    before = figure.inner_text()
    page.clock.fast_forward(5000)
    expect(figure).not_to_have_text(before)  # it counts on
    page.clock.fast_forward(5000)
    expect(family.locator("polyline").first).to_be_attached()
