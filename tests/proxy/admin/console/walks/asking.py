"""Ask: rows with a line chart and with bars, thousands of rows, a sentence, an error, cancel, a wrong password."""

from playwright.sync_api import expect

from tests.proxy.admin.console.walks.common import Console


def walk(console: Console) -> None:
    with console.opened(view="ask") as page:
        wrong_password(console)
        lines(console)
        bars(console)
        many(console)
        page.get_by_role("radio", name="Sentence").check(force=True)
        answer = console.ask("monthly revenue by region")
        expect(answer.locator(".prose")).to_have_text("The shop sold a lot.")
        page.get_by_role("radio", name="Rows").check(force=True)
        failing(console)
        cancelled(console)
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_text("No database account yet")).to_be_visible()


def wrong_password(console: Console) -> None:
    page = console.page
    page.get_by_role("button", name="Sign in").click()
    console.sign_in(password="wrong")
    expect(page.get_by_role("alert")).to_contain_text("Access denied")
    assert len(console.faults) == 1, console.faults  # Chromium tells of every answer that is no success
    console.faults.clear()
    console.sign_in()
    expect(page.locator(".account")).to_contain_text("Signed in as app@% on shop")


def lines(console: Console) -> None:
    answer = console.ask("monthly revenue by region")
    picture = answer.get_by_role("img")
    expect(picture.locator("title").first).to_have_text("monthly revenue by region")
    assert "Line chart of 5 lines of revenue by month" in (picture.locator("desc").text_content() or "")
    expect(picture.locator(".series")).to_have_count(5)
    expect(answer.locator(".grid tbody tr").nth(1)).to_be_attached()
    expect(answer.locator(".sql")).to_contain_text("SUM(")
    with console.page.expect_download() as download:
        answer.get_by_role("button", name="Save as CSV").click()
    lines = download.value.path().read_text().splitlines()
    assert lines[0] == "month,region,revenue", lines[0]
    assert len(lines) > 20


def bars(console: Console) -> None:
    answer = console.ask("orders and customers per status")
    expect(answer.locator("svg .bar")).to_have_count(6)
    choice = answer.get_by_label("What the chart measures")
    choice.select_option(label="customers")
    expect(answer.locator("figcaption")).to_contain_text("Bar chart of customers by status")


def many(console: Console) -> None:
    """Thousands of rows, but only what is seen is in the page."""
    page = console.page
    page.get_by_text("Model, rows, knowledge").click()
    page.get_by_label("Rows at most").fill("100000")
    answer = console.ask("all lines of all orders")
    table = answer.locator("table.grid")
    expect(table).to_have_attribute("aria-rowcount", str(console.facts["lines"] + 1))
    window = answer.locator(".window")
    assert table.locator("tbody tr").count() < 100
    window.evaluate("e => { e.scrollTop = e.scrollHeight }")
    expect(table.locator(f"tr[aria-rowindex='{console.facts['lines'] + 1}']")).to_be_visible()
    assert table.locator("tbody tr").count() < 100
    assert answer.locator("svg.chart").count() == 0


def failing(console: Console) -> None:
    page = console.page
    console.submit("what is love?")
    expect(page.locator("article.answer").get_by_role("alert")).to_contain_text("about: love")


def cancelled(console: Console) -> None:
    page = console.page
    console.submit("slow customers")
    expect(page.get_by_text("Working…")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".outcome")).to_contain_text("Cancelled")
    console.ask("monthly revenue by region")  # the session is still good
