"""HTML, scripts and odd characters in every text that comes from a database, a document, a model or a person."""

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.proxy.admin.console.walks.common import VIEWS, Console


def walk(console: Console) -> None:
    alarms(console)
    with console.opened(view="ask") as page:
        hostile, short = console.facts["hostile"], console.facts["short"]
        answers(console, page, hostile, short)
        taught(console, page, hostile, short)
        documents(console, page, short)
        for view in VIEWS:
            console.go(view)
            console.settled()
            console.check_harmless()
        console.go("live")
        expect(page.get_by_role("region", name="Sessions")).to_contain_text(short)
        console.go("history")
        expect(page.locator(".entries").first).to_contain_text(hostile)


def alarms(console: Console) -> None:
    """What this walk relies on rings: inline scripts, HTML text and foreign addresses are refused and reported."""
    with console.opened() as page:
        for attempt in (
            "document.body.append(Object.assign(document.createElement('script'), { textContent: 'hit()' }))",
            "document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=hit()>')",
            "document.body.setAttribute('onclick', 'hit()')",
            "document.body.append(Object.assign(new Image(), { src: 'https://example.invalid/x.png' }))",
            "fetch('https://example.invalid/').catch(() => {})",
        ):
            console.faults.clear()
            page.evaluate(f"() => {{ try {{ {attempt} }} catch (error) {{ console.error(String(error)) }} }}")
            console.until(lambda: bool(console.faults), f"nobody complained of {attempt}")
        assert not page.evaluate("window.wasHit === true")
    console.faults.clear()


def answers(console: Console, page: Page, hostile: str, short: str) -> None:
    answer = console.ask(f"remarks {hostile}")
    expect(answer.locator(".grid tbody")).to_contain_text(short)
    expect(answer.locator(".grid thead")).to_contain_text(short)
    expect(answer.locator("svg .bar text").first).to_be_attached()
    turned = answer.locator(".grid bdi").filter(has_text="gpj.exe")  # which keeps its direction to itself
    assert turned.evaluate("e => getComputedStyle(e).unicodeBidi") == "isolate"
    console.check_width()
    console.check_harmless()
    answer.locator(".more").first.click()
    expect(page.get_by_role("dialog")).to_contain_text(hostile)
    console.check_harmless()
    page.keyboard.press("Escape")
    page.get_by_role("radio", name="Sentence").check(force=True)
    expect(console.ask(f"remarks {hostile}").locator(".prose")).to_contain_text(short)
    console.check_harmless()
    page.get_by_role("radio", name="Rows").check(force=True)
    console.submit("impossible customers")
    expect(page.locator(".answer .state.error")).to_contain_text(short)
    console.check_harmless()


def taught(console: Console, page: Page, hostile: str, short: str) -> None:
    console.go("terms")
    page.get_by_label("Database").fill("scratch")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("button", name="New term").click()
    page.get_by_label("Term", exact=True).fill(short)
    page.get_by_label("Means").fill(hostile)
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".entries > li")).to_contain_text(hostile)
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("dialog")).to_contain_text(short)
    console.check_harmless()
    page.get_by_role("button", name="Delete it").click()
    console.done()
    console.go("queries")
    page.get_by_role("button", name="New verified query").click()
    page.get_by_label("Name").fill(short)
    page.get_by_label("Question").fill(hostile)
    page.get_by_role("dialog").get_by_label("SQL").fill(f"SELECT id FROM remarks WHERE remark = '{short}'")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Database")).to_have_value("shop")  # the account's
    expect(page.locator(".entries > li").filter(has_text=short).first).to_be_visible()
    console.check_harmless()


def documents(console: Console, page: Page, short: str) -> None:
    console.go("knowledge")
    page.get_by_role("button", name="New base").click()
    page.get_by_label("Name").fill("odd")
    page.get_by_label("Readers").fill(short)
    page.get_by_role("button", name="Create").click()
    expect(page.locator(".crumbs")).to_contain_text("odd")
    files = sorted(Path(console.facts["files"]).glob("hostile/*"))
    page.locator("input[type=file]").set_input_files(files)
    expect(page.get_by_role("region", name="Documents", exact=True)).to_contain_text("onerror")
    expect(page.get_by_role("region", name="Loading").locator(".fault").first).to_be_visible()
    console.check_harmless()
    page.get_by_role("tab", name="People").click()
    expect(page.get_by_role("tabpanel", name="People")).to_contain_text(short)
    console.check_harmless()
    page.get_by_role("tab", name="Try a search").click()
    page.get_by_label("What to look for").fill("parcels")
    page.get_by_role("button", name="Search").click()
    expect(page.locator(".passage").first).to_contain_text(short)
    console.check_harmless()
