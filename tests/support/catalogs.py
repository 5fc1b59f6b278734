"""Bring ``plugins/words/*.po`` up to date: ``python -m tests.support.catalogs [new.json]``.

What the code does not say any more goes, what it says and no catalog has is printed. ``new.json`` holds translations to
be added: {"zh": {message: translation}, "ja": {…}}. The console's messages have a context of their own, ``console``.
"""

import io
import json
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from plugins.words import CONSOLE, ENGLISH, LANGUAGES
from tests.support.messages import ROOT, console_texts, templates

FOLDER = ROOT / "plugins/words"
_HEAD = """\
# askwire's messages in {name}.
msgid ""
msgstr ""
"Language: {code}\\n"
"Content-Type: text/plain; charset=utf-8\\n"

"""


def read(code: str, context: str | None = None) -> dict[str, str]:
    """message -> translation."""
    with (FOLDER / f"{code}.po").open("rb") as file:
        return {str(m.id): str(m.string) for m in read_po(file, locale=code) if m.id and m.context == context}


def write(code: str, messages: dict[str | None, dict[str, str]]) -> None:
    """``messages``: by context."""
    catalog = Catalog(locale=code)
    for context, said in messages.items():
        for text in sorted(said):
            catalog.add(text, said[text], context=context)
    written = io.BytesIO()
    write_po(written, catalog, width=0, omit_header=True, sort_output=True)
    head = _HEAD.format(name=LANGUAGES[code], code=code)
    (FOLDER / f"{code}.po").write_text(head + written.getvalue().decode().strip() + "\n")


def main() -> int:
    added = json.loads(Path(sys.argv[1]).read_text()) if sys.argv[1:] else {}
    wanted, missing = {None: templates(), CONSOLE: console_texts()}, []
    for code in sorted(set(LANGUAGES) - {ENGLISH}):
        known = {context: {**read(code, context), **added.get(code, {})} for context in wanted}
        kept = {
            context: {t: known[context][t] for t in texts if t in known[context]} for context, texts in wanted.items()
        }
        write(code, kept)
        missing += [
            f"{code}: {text}" for context, texts in wanted.items() for text in sorted(texts - set(kept[context]))
        ]
    print("\n".join(missing))
    return 1 if missing else 0


if __name__ == "__main__":
    raise SystemExit(main())
