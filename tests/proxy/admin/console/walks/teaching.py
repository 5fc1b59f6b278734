"""History with feedback, terms, verified queries."""

from playwright.sync_api import expect

from tests.proxy.admin.console.walks.common import Console

CORRECTED = "SELECT COUNT(*) AS n FROM customers WHERE segment = 'business'"


def walk(console: Console) -> None:
    with console.opened(view="ask"):
        console.ask("number of customers")
        console.ask("orders and customers per status")
        history(console)
        terms(console)
        queries(console)


def history(console: Console) -> None:
    page = console.page
    console.go("history")
    asked = page.locator(".entries > li").filter(has_text="number of customers")
    expect(asked.first).to_contain_text("app@")
    asked.get_by_role("button", name="Good answer").first.click()
    expect(asked.locator(".judged").first).to_contain_text("good")
    other = page.locator(".entries > li").filter(has_text="orders and customers per status")
    other.get_by_role("button", name="Bad answer").first.click()
    page.get_by_label("Why (may stay empty)").fill("counts them twice")
    page.get_by_role("button", name="Say so").click()
    expect(other.locator(".judged").first).to_contain_text("bad: counts them twice")
    asked.get_by_role("button", name="Correct the SQL").first.click()
    box = page.get_by_role("dialog", name="Correct the SQL")
    box.get_by_label("SQL that is right").fill("SELECT nonsense FROM nowhere")
    box.get_by_role("button", name="Teach").click()
    expect(box.get_by_role("alert")).not_to_be_empty()
    assert len(console.faults) == 1, console.faults
    console.faults.clear()
    box.get_by_label("SQL that is right").fill(CORRECTED)
    box.get_by_role("button", name="Teach").click()
    expect(box).not_to_be_visible()
    page.get_by_role("tab", name="Slowest").click()
    expect(page.get_by_role("tabpanel").locator(".entries > li").first).to_be_visible()
    page.get_by_role("tab", name="Latest").click()
    asked.get_by_role("button", name="Ask again").first.click()
    console.heading("ask")
    answer = console.ask("number of customers")
    expect(answer.locator(".sql")).to_contain_text("'business'")


def terms(console: Console) -> None:
    page = console.page
    console.go("terms")
    page.get_by_label("Database").fill("shop")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("button", name="New term").click()
    page.get_by_label("Term", exact=True).fill("GMV")
    page.get_by_label("Means").fill("the sum of all orders")
    page.get_by_role("button", name="Save").click()
    entry = page.locator(".entries > li").filter(has_text="GMV")
    expect(entry).to_contain_text("the sum of all orders")
    entry.get_by_role("button", name="Change GMV").click()
    page.get_by_label("Means").fill("the sum of all orders that were paid")
    page.get_by_role("button", name="Save").click()
    expect(entry).to_contain_text("that were paid")
    entry.get_by_role("button", name="Delete GMV").click()
    page.get_by_role("button", name="Delete it").click()
    expect(entry).to_have_count(0)


def queries(console: Console) -> None:
    page = console.page
    console.go("queries")
    page.get_by_label("Database").fill("shop")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("button", name="New verified query").click()
    page.get_by_label("Name").fill("products")
    page.get_by_label("Question").fill("how many things do we sell?")
    page.get_by_role("dialog").get_by_label("SQL").fill("SELECT COUNT(*) AS things FROM products")
    page.get_by_role("button", name="Save").click()
    entry = page.locator(".entries > li").filter(has_text="how many things do we sell?")
    expect(entry.locator(".sql")).to_contain_text("COUNT(*) AS things")
    console.go("ask")
    expect(console.ask("how many things do we sell?").locator(".grid")).to_contain_text("things")
    console.go("queries")
    entry.get_by_role("button", name="Delete products").click()
    page.get_by_role("button", name="Delete it").click()
    expect(entry).to_have_count(0)
