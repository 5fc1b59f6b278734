import io

import pytest

from knowledge.loading.draft import Draft
from knowledge.loading.formats.plain import read
from knowledge.loading.types import Limits, LoadError


@pytest.mark.parametrize(
    ("content", "text"),
    [(b"words\n", "words\n\n"), ("Gr\u00fc\u00dfe".encode("utf-16"), "Gr\u00fc\u00dfe\n\n"), (b"", ""), (b" \n\n", "")],
)
def test_text_is_added_as_it_is(content: bytes, text: str) -> None:
    document = Draft(Limits())
    read(io.BytesIO(content), document)
    assert document.text == text


def test_too_long_a_text_is_refused() -> None:
    with pytest.raises(LoadError, match="holds more than 10 characters"):
        read(io.BytesIO(b"x" * 11), Draft(Limits(text_chars=10)))
