"""Knowledge: a base, files by choice and by drop with progress, what fails, an address, people, a search."""

from pathlib import Path

from playwright.sync_api import expect

from tests.proxy.admin.console.walks.common import Console

DROP = """([target, name, text]) => {
  const data = new DataTransfer();
  data.items.add(new File([text], name));
  const event = (kind) => new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true });
  for (const kind of ["dragover", "drop"]) target.dispatchEvent(event(kind));
}"""


def walk(console: Console) -> None:
    with console.opened(view="knowledge", clock=True) as page:
        expect(page.get_by_text("No knowledge base yet")).to_be_visible()
        page.get_by_role("button", name="New base").click()
        page.get_by_label("Name").fill("handbook")
        page.get_by_label("Readers").fill("app, reader")
        page.get_by_role("button", name="Create").click()
        expect(page.locator(".crumbs")).to_contain_text("handbook")
        uploads(console)
        people(console)
        search(console)
        delete(console)


def uploads(console: Console) -> None:
    page, folder = console.page, Path(console.facts["files"])
    page.locator("input[type=file]").set_input_files([folder / "returns.md", folder / "broken.pdf"])
    sent = page.get_by_role("list", name="Uploads").locator("li")
    expect(sent.filter(has_text="returns.md")).to_contain_text("uploaded")
    documents = page.get_by_role("region", name="Documents", exact=True)
    expect(documents.locator("tr").filter(has_text="returns.md")).to_be_visible()
    failed = page.get_by_role("region", name="Loading").locator("li").filter(has_text="broken.pdf")
    expect(failed).to_contain_text("failed")
    expect(failed.locator(".fault")).not_to_be_empty()
    target = page.locator(".drop").element_handle()
    page.evaluate(DROP, [target, "dropped.md", "# Dropped\n\nParcels are weighed in the cellar.\n"])
    expect(documents.locator("tr").filter(has_text="dropped.md")).to_be_visible()
    page.get_by_label("Or the address of a page").fill("http://127.0.0.1:9/private")
    page.get_by_role("button", name="Fetch").click()
    expect(page.locator(".notice.bad, .queue .fault").filter(has_text="127.0.0.1").first).to_be_visible()
    console.faults[:] = [fault for fault in console.faults if "422" not in fault and "400" not in fault]


def people(console: Console) -> None:
    page = console.page
    page.get_by_role("tab", name="People").click()
    readers = page.locator("section").filter(has=page.get_by_role("heading", name="Readers", exact=True)).last
    expect(readers).to_contain_text("reader")
    page.get_by_label("Add to the readers").fill("analyst@10.%")
    readers.get_by_role("button", name="Add").click()
    expect(readers).to_contain_text("analyst@10.%")
    page.get_by_role("button", name="Remove analyst@10.% from the readers").click()
    expect(readers).not_to_contain_text("analyst")


def search(console: Console) -> None:
    page = console.page
    page.get_by_role("tab", name="Try a search").click()
    page.get_by_label("What to look for").fill("when may a parcel be returned?")
    page.get_by_role("button", name="Search").click()
    expect(page.locator(".passage").filter(has_text="thirty days")).to_be_visible()


def delete(console: Console) -> None:
    page = console.page
    page.get_by_role("tab", name="Documents").click()
    page.get_by_role("button", name="Delete dropped.md").click()
    page.get_by_role("button", name="Delete it").click()
    expect(
        page.get_by_role("region", name="Documents", exact=True).locator("tr").filter(has_text="dropped.md")
    ).to_have_count(0)
    page.get_by_role("link", name="All bases").click()
    page.clock.pause_at(page.evaluate("Date.now()") + 1000)  # no waiting for the next look at the list
    page.get_by_role("button", name="Delete the base handbook").click()
    page.get_by_role("button", name="Delete it").click()
    expect(page.get_by_text("No knowledge base yet")).to_be_visible()
