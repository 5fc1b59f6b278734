"""Whether a question asks for a change, by its own words: an imperative that changes data, at its beginning.

Only looked at where the session has said ``SET ASK writes = 'rehearse'``; a question that is taken for a change by
mistake changes nothing, for it is only rehearsed.
"""

import re

# "add up", "put together", "set out" and their like only read.
_ENGLISH = r"""
(?:mark|update|insert|delete|remove|erase|rename|cancel|increase|decrease|reduce|lower|raise|replace|assign|reassign
|register|enter|create|double|halve|close|reopen|archive|activate|deactivate|enable|disable|clear|reset|correct|edit
|modify|move|transfer|change|store|record|add(?!\s+up\b)|put(?!\s+(?:together|in\s+order)\b)|set(?!\s+(?:out|side)\b)
|make\s+(?=\w+.*\b(?:active|inactive|paid|unpaid|open|closed|true|false|null)\b)|fill\s+in|drop|give(?!\s+(?:me|us)\b))\b
"""
_POLITE = r"""
(?:(?:please|kindly|now|then|ok|okay|also|and|just|bitte|por\s+favor)\b[\s,]*
|(?:can|could|would|will)\s+you\b[\s,]*|(?:i|we)(?:\s+want\s+(?:you\s+)?|\s+need\s+(?:you\s+)?|\s*'d\s+like\s+(?:you\s+)?)to\s+
|let'?s\s+|请|請|麻烦|帮我)*
"""
_GERMAN = r"""
(?:setze?|markiere|lösche?|entferne|ändere|aktualisiere|füge?|trage?|erhöhe|senke|storniere|verschiebe|ersetze|benenne
|lege\s+.*\ban$)\b
"""
_SPANISH = r"""
(?:marca|marque|borra|borre|elimina|elimine|cambia|cambie|actualiza|actualice|inserta|inserte|añade|añada|agrega|agregue
|aumenta|aumente|reduce|reduzca|cancela|cancele|pon|ponga|mueve|mueva|establece|establezca)\b
"""
_CHINESE = r"(?:把|将|將|删除|刪除|更新|修改|添加|新增|插入|标记|標記|取消|设置|設置|更改)"
_FIRST = re.compile(rf"\s*{_POLITE}(?:{_ENGLISH}|{_GERMAN}|{_SPANISH}|{_CHINESE})", re.IGNORECASE | re.VERBOSE)
# The verb comes last in Japanese.
_LAST = re.compile(
    r"(?:削除|更新|変更|追加|挿入|登録|キャンセル|設定)(?:し(?:て(?:ください|下さい)?|ます|ろ)|せよ|する)?[。.!!]?\s*\Z"
)


def wants_change(question: str) -> bool:
    """Whether the words ask for a change of the data."""
    return bool(_FIRST.match(question) or _LAST.search(question))
