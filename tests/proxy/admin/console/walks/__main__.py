"""``python -m tests.proxy.admin.console.walks NAME FACTS``."""

import importlib
import json
import sys

from playwright.sync_api import sync_playwright

from tests.clients.browsers.walks.common import CHROMIUM
from tests.proxy.admin.console.walks.common import Console


def main() -> None:
    name, facts = sys.argv[1], json.loads(sys.argv[2])
    walk = importlib.import_module(f"tests.proxy.admin.console.walks.{name}").walk
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        console = Console(browser, facts)
        walk(console)
        browser.close()
    if console.faults:
        sys.exit("the browser complained:\n" + "\n".join(console.faults))


if __name__ == "__main__":
    main()
