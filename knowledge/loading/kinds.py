"""Which files can be loaded, by the end of their names, and by what."""

from collections.abc import Mapping
from pathlib import PurePath

_FORMATS = {
    **dict.fromkeys((".txt", ".text", ".log", ".rst", ".adoc", ".sql", ".yaml", ".yml"), "plain"),
    **dict.fromkeys((".md", ".markdown"), "markdown"),
    **dict.fromkeys((".html", ".htm", ".xhtml"), "html"),
    **dict.fromkeys((".csv", ".tsv"), "csv_table"),
    **dict.fromkeys((".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"), "sheets"),
    **dict.fromkeys((".json", ".jsonl", ".ndjson"), "json_tree"),
    ".pdf": "pdf",
    ".docx": "docx",
    ".pptx": "pptx",
}
# End of the name -> MODULE:FUNCTION, which only the process that reads files imports.
KINDS: Mapping[str, str] = {end: f"knowledge.loading.formats.{module}:read" for end, module in _FORMATS.items()}
ARCHIVES = (".zip",)
# These are zip archives of XML themselves.
PACKAGES = (".docx", ".pptx", ".xlsx", ".xlsm", ".xlsb", ".ods")
OLD = {".doc": "DOCX", ".ppt": "PPTX", ".rtf": "DOCX", ".odt": "DOCX", ".odp": "PPTX"}


def suffix(name: str) -> str:
    return PurePath(name).suffix.lower()


def is_known(name: str, kinds: Mapping[str, str] = KINDS) -> bool:
    """Whether there is a loader for a file of this name."""
    return suffix(name) in kinds or suffix(name) in ARCHIVES


def why_unknown(name: str, kinds: Mapping[str, str] = KINDS) -> str:
    """The reason to give for a file that no loader knows."""
    end = suffix(name)
    if end in OLD:
        return f"has a format that is not read; save it as {OLD[end]} or PDF"
    return (
        f"has a format that is not read ({end or 'no extension'}); read are: {', '.join(sorted([*kinds, *ARCHIVES]))}"
    )
