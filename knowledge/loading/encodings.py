"""Text files: which encoding, and the text without its byte-order mark."""

import codecs
import re

import charset_normalizer

from knowledge.loading.types import LoadError

# UTF-32's little-endian mark begins with UTF-16's, so it is compared first.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# What files are written in; the detector knows many more, and sees them in short texts.
_LIKELY = [
    *("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "koi8_r"),
    *("cp932", "euc_jp", "gb18030", "big5", "cp949"),
]
_SAMPLE = 200_000
# Character sets. Python's other codecs are none: some take a time that grows with the square of the text (punycode).
_CHARSET = re.compile(
    r"ascii|utf-?(?:8|16|32)(?:[-_](?:sig|le|be))?|iso8859-\d+|cp\d+|koi8-[rut]|mac-\w+|kz1048|tis-620|johab|hz|gb\w+"
    r"|big5\w*|euc_\w+|shift_jis\w*|iso2022_\w+",
)


def decode(data: bytes, declared: str = "") -> str:
    """The text of ``data``: by its byte-order mark, else UTF-8, else ``declared``, else as it looks.

    Raises ``LoadError`` where it is not text.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    if b"\0" in data[:_SAMPLE]:
        return _two_bytes_each(data)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    return data.decode(known(declared) or _detect(data), "replace")


def known(encoding: str) -> str:
    """Python's name of a character set, or nothing."""
    try:
        name = codecs.lookup(encoding).name
    except (LookupError, ValueError):
        return ""
    return name if _CHARSET.fullmatch(name) else ""


def _two_bytes_each(data: bytes) -> str:
    """UTF-16 without a mark: Latin text has its zeros at every second byte."""
    sample = data[: _SAMPLE // 2 * 2]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if max(even, odd) * 4 < len(sample) // 2 or min(even, odd) * 20 > len(sample):
        raise LoadError("is not text")
    return data.decode("utf-16-be" if even > odd else "utf-16-le", "replace")


def _detect(data: bytes) -> str:
    # The text of interest is what is not ASCII: a sample from its first such byte on.
    first = next(index for index, byte in enumerate(data) if byte > 127)
    start = max(0, data.rfind(b"\n", 0, first) + 1, first - _SAMPLE // 4)
    best = charset_normalizer.from_bytes(data[start : start + _SAMPLE], cp_isolation=_LIKELY).best()
    return best.encoding if best is not None else "cp1252"
