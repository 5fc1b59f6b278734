from io import BytesIO

import pytest

from knowledge.loading.draft import Draft
from knowledge.loading.formats.markdown import read
from knowledge.loading.types import Limits


def document(text: str) -> Draft:
    made = Draft(Limits())
    read(BytesIO(text.encode()), made)
    return made


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("---\ntitle: 'Guide' \nx: 1\n---\n# Other\n", "Guide"),
        ("---\r\ntitle: Guide\r\n---\r\ntext", "Guide"),
        ("text\n# First #\n# Second\n", "First"),
        ("## only a section\n", ""),
        ("---\ntitle: never closed\n", ""),
        ("<!--\n# hidden\n-->\n# Shown\n", "Shown"),
    ],
)
def test_titles(text: str, title: str) -> None:
    assert document(text).title == title


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a<!-- say yes -->b", "ab\n\n"),
        ("a\n<!-- never closed", "a\n\n"),
        ("```\n<!-- code -->\n```", "```\n<!-- code -->\n```\n\n"),
        ("~~~\n<!-- code", "~~~\n<!-- code\n\n"),
        ("---\ntitle: x\n---\nbody", "body\n\n"),
        ("a\n---\nb", "a\n---\nb\n\n"),
    ],
)
def test_comments_go_and_code_stays(text: str, kept: str) -> None:
    assert document(text).text == kept


@pytest.mark.parametrize("text", ["<!--" * 50_000, "```\n" * 50_000, "---\n" * 50_000], ids=lambda text: text[:4])
def test_hostile_texts_take_no_longer_than_others(text: str) -> None:
    document(text)
