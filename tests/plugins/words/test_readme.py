"""The README in Chinese says the same as the English one, as far as a program can tell."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
ENGLISH, CHINESE = ((ROOT / name).read_text() for name in ("README.md", "README.zh.md"))
COMMENT = re.compile(r"\s+(#|--) .*")


def blocks(page: str) -> list[str]:
    """The code blocks, without their comments."""
    found = re.findall(r"^```(.*?)^```", page, re.DOTALL | re.MULTILINE)
    return ["\n".join(COMMENT.sub("", line) for line in block.splitlines()) for block in found]


def test_both_have_the_same_code() -> None:
    assert len(blocks(ENGLISH)) > 10
    assert blocks(CHINESE) == blocks(ENGLISH)


def test_both_have_the_same_sections_and_tables() -> None:
    def shape(page: str) -> list[str]:
        prose = re.sub(r"^```.*?^```", "", page, flags=re.DOTALL | re.MULTILINE)
        return [line.split(" ")[0][:4] for line in prose.splitlines() if line.startswith(("#", "|", "- "))]

    assert shape(CHINESE) == shape(ENGLISH)


def test_both_link_to_the_same_pages_and_to_each_other() -> None:
    def links(page: str) -> set[str]:
        return set(re.findall(r"\]\(([^)]+)\)", page))

    assert links(CHINESE) - {"README.md"} == links(ENGLISH) - {"README.zh.md"}
    assert "README.md" in links(CHINESE)
    assert "README.zh.md" in links(ENGLISH)
    for link in links(CHINESE) | links(ENGLISH):
        assert (ROOT / link).exists(), link
