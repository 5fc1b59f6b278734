"""Bring ``plugins/words/*.po`` up to date: ``python -m tests.support.catalogs [new.json]``.

What the code does not say any more goes, what it says and no catalog has is printed. ``new.json`` holds translations to
be added: {"zh": {message: translation}, "ja": {…}}.
"""

import io
import json
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from plugins.words import ENGLISH, LANGUAGES
from tests.support.messages import ROOT, templates

FOLDER = ROOT / "plugins/words"
_HEAD = """\
# askwire's messages in {name}.
msgid ""
msgstr ""
"Language: {code}\\n"
"Content-Type: text/plain; charset=utf-8\\n"

"""


def read(code: str) -> dict[str, str]:
    """message -> translation."""
    with (FOLDER / f"{code}.po").open("rb") as file:
        return {str(m.id): str(m.string) for m in read_po(file, locale=code) if m.id}


def write(code: str, messages: dict[str, str]) -> None:
    catalog = Catalog(locale=code)
    for text in sorted(messages):
        catalog.add(text, messages[text])
    written = io.BytesIO()
    write_po(written, catalog, width=0, omit_header=True, sort_output=True)
    head = _HEAD.format(name=LANGUAGES[code], code=code)
    (FOLDER / f"{code}.po").write_text(head + written.getvalue().decode().strip() + "\n")


def main() -> int:
    added = json.loads(Path(sys.argv[1]).read_text()) if sys.argv[1:] else {}
    texts, status = templates(), 0
    for code in sorted(set(LANGUAGES) - {ENGLISH}):
        known = {**read(code), **added.get(code, {})}
        write(code, {text: known[text] for text in texts if text in known})
        for text in sorted(texts - set(known)):
            print(f"{code}: {text}")
            status = 1
    return status


if __name__ == "__main__":
    raise SystemExit(main())
