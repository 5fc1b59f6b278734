"""MySQL's character sets as Python knows them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Charset:
    """``codec`` is Python's name, ``collation`` the id that column definitions announce."""

    codec: str
    collation: int


UTF8MB4 = Charset("utf-8", 45)

# MySQL's latin1 is Windows-1252. Character sets that Python lacks (dec8, swe7, …) fall back to UTF-8.
_BY_NAME = {
    "utf8mb4": UTF8MB4,
    "utf8mb3": Charset("utf-8", 33),
    "utf8": Charset("utf-8", 33),
    "latin1": Charset("cp1252", 8),
    "ascii": Charset("ascii", 11),
    "latin2": Charset("iso8859_2", 9),
    "latin5": Charset("iso8859_9", 30),
    "latin7": Charset("iso8859_13", 41),
    "greek": Charset("iso8859_7", 25),
    "hebrew": Charset("iso8859_8", 16),
    "koi8r": Charset("koi8_r", 7),
    "koi8u": Charset("koi8_u", 22),
    "cp850": Charset("cp850", 4),
    "cp852": Charset("cp852", 40),
    "cp866": Charset("cp866", 36),
    "cp1250": Charset("cp1250", 26),
    "cp1251": Charset("cp1251", 51),
    "cp1256": Charset("cp1256", 57),
    "cp1257": Charset("cp1257", 59),
    "macroman": Charset("mac_roman", 39),
    "macce": Charset("mac_latin2", 38),
    "tis620": Charset("tis_620", 18),
    "big5": Charset("big5", 1),
    "gb2312": Charset("gb2312", 24),
    "gbk": Charset("gbk", 28),
    "gb18030": Charset("gb18030", 248),
    "sjis": Charset("shift_jis", 13),
    "cp932": Charset("cp932", 95),
    "ujis": Charset("euc_jp", 12),
    "eucjpms": Charset("euc_jp", 97),
    "euckr": Charset("euc_kr", 19),
    "ucs2": Charset("utf_16_be", 35),
    "utf16": Charset("utf_16_be", 54),
    "utf16le": Charset("utf_16_le", 56),
    "utf32": Charset("utf_32_be", 60),
}
BINARY = 63  # the collation id of binary strings


def charset(name: str | None) -> Charset:
    """By MySQL's name; ``None`` (character_set_results = NULL: nothing is converted) and unknown names are UTF-8."""
    return _BY_NAME.get((name or "").lower(), UTF8MB4)
