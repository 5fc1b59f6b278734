"""Writes what the handbook lists of the code: ``python -m tests.docs.reference`` (``make docs`` does).

The lists stand in docs/settings.md, docs/metrics.md and docs/statements.md between two marks; what is around them is
written by hand.
"""

import importlib
import re
from pathlib import Path

from conf.metrics import REGISTRY
from conf.settings import Settings
from nl2sql.options import SessionOptions
from tests.docs.settings_page import settings_list

ROOT = Path(__file__).parents[2]
BEGIN, END = "<!-- made of the code by make docs -->", "<!-- end -->"
LISTED = re.compile(f"(?<={BEGIN}).*(?={END})", re.DOTALL)


def pages() -> dict[Path, str]:
    """Each page with a list, as it should be."""
    lists = {
        "settings.md": settings_list((ROOT / "conf/askwire.toml").read_text()),
        "metrics.md": metrics_list(),
        "statements.md": options_list(),
    }
    return {page: _with(page, lists[page.name]) for page in (ROOT / "docs" / name for name in lists)}


def _with(page: Path, listed: str) -> str:
    text, number = LISTED.subn(lambda _: f"\n\n{listed}\n\n", page.read_text())
    assert number == 1, f"{page} has no place for its list"
    return text


def metrics_list() -> str:
    """Every metric that any module registers."""
    for file in sorted(ROOT.glob("[!.]*/**/*.py")):
        module = file.relative_to(ROOT).with_suffix("")
        if module.parts[0] not in ("tests", "build") and "registry=REGISTRY" in file.read_text():
            importlib.import_module(".".join(module.parts))
    lines = ["| metric | type | labels | |", "|---|---|---|---|"]
    for one in sorted(set(REGISTRY._names_to_collectors.values()), key=lambda one: one._name):
        name = f"{one._name}_total" if one._type == "counter" else one._name
        labels = ", ".join(f"`{label}`" for label in one._labelnames)
        lines.append(f"| `{name}` | {one._type} | {labels} | {one._documentation} |")
    return "\n".join(lines)


def options_list() -> str:
    """The options of SET ASK, where the settings are the defaults."""
    options = SessionOptions(Settings()).known.items()
    rows = [f"| `{name}` | {option.values} | {option.describes} |" for name, option in options]
    return "\n".join(["| `SET ASK …` | takes | |", "|---|---|---|", *rows])


def main() -> None:
    for page, text in pages().items():
        page.write_text(text)


if __name__ == "__main__":
    main()
