"""A hook of mkdocs: what pages link to outside of docs/ comes into the site, below source/.

On a code host such a link leads to the file itself; in the built site to a copy of it. A link to what is not there is
left alone, and the strict build fails on it.
"""

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[2]
LINK = re.compile(r"\]\((?P<target>(?:\.\./)+[^)#\s]+)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the files that are linked to."""
    for source in {source for file in files.documentation_pages() for _, source in _outside(file)}:
        files.append(File.generated(config, f"source/{source}", abs_src_path=str(ROOT / source)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Let the links lead to them."""
    folder = posixpath.dirname(page.file.src_uri)
    for target, source in _outside(page.file):
        markdown = markdown.replace(f"]({target}", f"]({posixpath.relpath(f'source/{source}', folder or '.')}")
    return markdown


def _outside(file: File) -> Iterator[tuple[str, str]]:
    """Each link of a page to a file of the repository: as it is written, and the file's path from the top."""
    for found in LINK.finditer(file.content_string):
        target = found["target"]
        path = posixpath.normpath(posixpath.join("docs", posixpath.dirname(file.src_uri), target))
        if not path.startswith(("docs/", "..")) and (ROOT / path).is_file():
            yield target, path
