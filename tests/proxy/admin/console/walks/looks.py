"""Every view in light, in dark and on a phone of 360 pixels: readable, no sideways scrolling, the switch works."""

from playwright.sync_api import Page, expect

from tests.proxy.admin.console.walks.common import VIEWS, Console

# WCAG 2's contrast of every text that is seen, against the first background behind it that is opaque.
CONTRAST = """() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = (color) => {
    const part = (value) => ((value /= 255) <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
    return 0.2126 * part(color[0]) + 0.7152 * part(color[1]) + 0.0722 * part(color[2]);
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = rgba(getComputedStyle(at).backgroundColor);
      if (color[3] === 255) return color;
    }
    return [255, 255, 255, 255];
  };
  const low = [];
  for (const element of document.querySelectorAll("body *")) {
    const said = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!said || !element.checkVisibility() || element.closest(".unseen, .skip, :disabled, dialog")) continue;
    const style = getComputedStyle(element);
    const [front, back] = [light(rgba(element.ownerSVGElement ? style.fill : style.color)), light(behind(element))];
    const ratio = (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
    if (ratio < 4.5) low.push(`${ratio.toFixed(2)} ${element.outerHTML.slice(0, 120)}`);
  }
  return low;
}"""


def walk(console: Console) -> None:
    desk, phone = {"width": 1300, "height": 900}, {"width": 360, "height": 740}
    for scheme in ("light", "dark"):
        for viewport in (desk, phone):
            with console.opened(view="ask", color_scheme=scheme, viewport=viewport, reduced_motion="reduce") as page:
                look(console, page, scheme)
    switch(console)


def look(console: Console, page: Page, scheme: str) -> None:
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor") != "rgb(245, 245, 241)"
    assert dark == (scheme == "dark")
    console.ask("monthly revenue by region")
    expect(page.locator("svg .series").first).to_be_attached()
    check(console, page, "answer")
    for view in VIEWS:
        console.go(view)
        console.settled()
        check(console, page, view)
    moving = page.evaluate("document.getAnimations().length")
    assert moving == 0, f"{moving} animations although motion is to be reduced"


def check(console: Console, page: Page, what: str) -> None:
    console.check_width()
    low = page.evaluate(CONTRAST)
    assert not low, (what, low[:5])


def switch(console: Console) -> None:
    with console.opened(color_scheme="light", viewport={"width": 360, "height": 740}) as page:
        page.get_by_role("button", name="Menu").click()
        for _ in range(2):
            page.get_by_role("button", name="Colours").click()
        expect(page.get_by_role("button", name="Colours: Dark")).to_be_visible()
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(17, 22, 23)"
        page.keyboard.press("Escape")
        expect(page.get_by_role("navigation")).not_to_be_visible()
        page.reload()
        console.heading("status")
        assert page.evaluate("document.documentElement.dataset.theme") == "dark"
