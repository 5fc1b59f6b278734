"""``python -m tests.proxy.admin.console.walks``: walks in one browser, one after the other.

Each line of standard input is a JSON object: ``walk``, its name, and the facts that it needs. It is answered by a line
of JSON: what went wrong, ``""`` when all was as it should be.
"""

import importlib
import json
import sys
import traceback
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from tests.clients.browsers.walks.common import CHROMIUM
from tests.proxy.admin.console.walks.common import Console


def main() -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        for line in sys.stdin:
            print(json.dumps(wrong(browser, json.loads(line))), flush=True)
        browser.close()


def wrong(browser: Browser, facts: dict[str, Any]) -> str:
    console = Console(browser, facts)
    said = ""
    try:
        importlib.import_module(f"tests.proxy.admin.console.walks.{facts['walk']}").walk(console)
    except Exception:
        said = traceback.format_exc()
    return "\n".join([said, "the browser complained:", *console.faults]) if console.faults else said


if __name__ == "__main__":
    main()
