"""Writes what the handbook lists of the code: ``python -m tests.docs.reference`` (``make docs`` does).

The lists stand in docs/settings.md, docs/metrics.md and docs/statements.md between two marks; what is around them is
written by hand.
"""

import asyncio
import importlib
import re
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from conf.logs import configure_logs
from conf.metrics import REGISTRY
from conf.settings import LogSettings, Settings
from nl2sql.options import SessionOptions
from plugins.manager import Plugins, load_plugins
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
    """Every metric that any module registers or any plugin offers."""
    for file in sorted(ROOT.glob("[!.]*/**/*.py")):
        module = file.relative_to(ROOT).with_suffix("")
        if module.parts[0] not in ("tests", "build") and "registry=REGISTRY" in file.read_text():
            importlib.import_module(".".join(module.parts))
    families = asyncio.run(_families())
    rows = [
        f"| `{name}_total` | counter | {labels} | {text} |"
        if kind == "counter"
        else f"| `{name}` | {kind} | {labels} | {text} |"
        for name, kind, labels, text in sorted(families)
    ]
    return "\n".join(["| metric | type | labels | |", "|---|---|---|---|", *rows])


async def _families() -> set[tuple[str, str, str, str]]:
    """(name, type, labels, what it says) of all that is registered while the plugins live."""
    async with started_plugins():
        return {
            (one.name, one.type, ", ".join(f"`{label}`" for label in _labels(collector, one)), one.documentation)
            for collector in set(REGISTRY._names_to_collectors.values())
            for one in collector.collect()
        }


def _labels(collector: Any, family: Any) -> tuple[str, ...]:
    return tuple(getattr(collector, "_labelnames", None) or getattr(family, "_labelnames", ()))


@asynccontextmanager
async def started_plugins() -> AsyncIterator[tuple[Plugins, Settings]]:
    """The built-in plugins, as in a gateway without a model."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(upstream="mysql://127.0.0.1:1", data_dir=folder, model={"name": "none"})
        async with AsyncExitStack() as stack:
            plugins = load_plugins()
            await plugins.enter_lifespans(stack, settings)
            yield plugins, settings


def options_list() -> str:
    """The options of SET ASK, where the settings are the defaults."""
    options = SessionOptions(Settings()).known.items()
    rows = [f"| `{name}` | {option.values} | {option.describes} |" for name, option in options]
    return "\n".join(["| `SET ASK …` | takes | |", "|---|---|---|", *rows])


def main() -> None:
    configure_logs(LogSettings(level="warning"))
    for page, text in pages().items():
        page.write_text(text)


if __name__ == "__main__":
    main()
