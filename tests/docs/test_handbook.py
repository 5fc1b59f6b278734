"""The handbook is built as it is released, lists what the code has, and names nothing that the code has not."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from plugins import Statement
from tests.docs import reference

ROOT = reference.ROOT
DOCS = ROOT / "docs"
PACKAGES = ("conf", "plugins", "models_runtime", "knowledge", "nl2sql", "diagnose", "proxy")
CODE = re.compile(r"`([^`\n]+)`")
MAX_IMAGE_BYTES = 150_000
# What a browser fetches by itself; a link that a reader may follow is none.
FETCHED = re.compile(
    r"<(?:script|link|img|iframe|source)\b[^>]*(?:src|href)=[\"']?(?:https?:)?//[^>]*>|@import|fonts\.g"
)


def test_the_strict_build(tmp_path: Path) -> None:
    """Pages, links, anchors and navigation fit together, and a page fetches nothing from elsewhere."""
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", tmp_path / "site"],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    built = {page.relative_to(tmp_path / "site"): page.read_text() for page in tmp_path.rglob("*.html")}
    assert len(built) > len(list(DOCS.rglob("*.md")))
    assert not {str(name): found[0] for name, text in built.items() if (found := FETCHED.search(text))}
    assert not [name for name, text in built.items() if "mermaid" in text]  # the theme would fetch it


@pytest.mark.parametrize("page", ["settings.md", "metrics.md", "statements.md"])
def test_a_list_is_what_the_code_has(page: str) -> None:
    wanted = reference.pages()[DOCS / page]
    assert (DOCS / page).read_text() == wanted, "make docs writes it anew"


def test_images_are_small() -> None:
    images = [file for file in (DOCS / "images").iterdir() if file.suffix != ".svg"]
    assert images
    assert not {image.name: size for image in images if (size := image.stat().st_size) > MAX_IMAGE_BYTES}


def test_every_link_of_the_readme_leads_somewhere() -> None:
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", (ROOT / "README.md").read_text())
    local = [target for target in targets if "://" not in target]
    assert local
    assert not [target for target in local if not (ROOT / target).exists()]


# --- statements ---------------------------------------------------------------------------------------------------


def shown(statement: Statement) -> list[str]:
    """How a page may show it."""
    words = " ".join(word for word in statement.opening if word not in ("OR", "REPLACE"))
    return [
        *([words, words.replace("CREATE", "CREATE [OR REPLACE]")] if words else []),
        *([f"/*{statement.marker}*/"] if statement.marker else []),
        *([f"{statement.function}("] if statement.function else []),
    ]


async def test_every_statement_is_documented() -> None:
    async with reference.started_plugins() as (plugins, settings):
        statements = plugins.statements(settings)
    assert len(statements) > 20
    codes = CODE.findall((DOCS / "statements.md").read_text())
    missing = [
        statement.name
        for statement in statements
        if not any(code.startswith(form) or f" {form}" in code for form in shown(statement) for code in codes)
    ]
    assert not missing


# --- the architecture page ----------------------------------------------------------------------------------------


def files_named(text: str) -> Iterator[tuple[str, Path, list[Path]]]:
    """Each file or folder that the page names, the folder named last before it, and which ones it can be."""
    folder = ROOT
    for code in CODE.findall(text):
        if not re.fullmatch(r"[\w/]+\.(py|md)|[\w/]+/", code):
            continue
        top = code.split("/")[0] in PACKAGES and "/" in code
        found = [ROOT / code] if top and (ROOT / code).exists() else []
        if not top:
            found = [path for base in (folder, *folder.parents) if ROOT in base.parents for path in base.rglob(code)]
        yield code, folder, found
        if found and "/" in code:
            folder = found[0] if found[0].is_dir() else found[0].parent


def test_every_file_that_the_architecture_names_exists() -> None:
    named = list(files_named((DOCS / "architecture.md").read_text()))
    assert len(named) > 80
    assert not [f"{code} (in {folder.relative_to(ROOT)})" for code, folder, found in named if not found]


NO_CODE = {"information_schema", "max_connections", "models_runtime"}  # SQL; a setting; a package


def test_every_function_that_the_architecture_names_exists() -> None:
    source = "\n".join(path.read_text() for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    defined = set(re.findall(r"^\s*(?:class|(?:async )?def) (\w+)", source, re.MULTILINE))
    names = [
        code
        for code in CODE.findall((DOCS / "architecture.md").read_text())
        if re.fullmatch(r"[A-Z][a-z]\w*(\.\w+)?|[a-z]+_[a-z_]+|[a-z]+ed", code) and code not in NO_CODE
    ]
    assert len(names) > 30
    assert not [name for name in names if not set(name.split(".")) <= defined]
