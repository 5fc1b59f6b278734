"""Values of masked columns stay out of prompts to models elsewhere; placeholders stand for them, and are put back.

Whoever asks may see the values: what a rule conceals from the asking account never came to the gateway unmasked. What
people type themselves is theirs to send, unless it is one of the values that were read.
"""

import hashlib
import hmac
import re
from collections import OrderedDict
from typing import Literal

from conf.addresses import is_loopback
from plugins.builtin.mask.rules import Rules
from plugins.builtin.mask.transform import Masking, protected_columns
from plugins.errors import AskwireError
from plugins.transform import SessionFacts
from plugins.upstream import ResultSet, UpstreamError

MAX_VALUES = 50_000
MAX_CHARS = 4_000
MIN_CHARS = 2
_PLACEHOLDER = re.compile(r"masked_[0-9a-f]{10}")


class Shield:
    """One per gateway process, as are the catalogs whose samples go into prompts. ``rules``: all of them."""

    def __init__(self, rules: Rules, key: bytes, where: Literal["elsewhere", "any url", "never"]) -> None:
        self._key = key
        self._where = where
        # Shared by all accounts: one that may see less than the account before has more kept back, never less.
        self._masking = Masking(rules, key)
        self._values: OrderedDict[str, str] = OrderedDict()  # value -> placeholder
        self._placeholders: dict[str, str] = {}

    def covers(self, host: str) -> bool:
        return self._where == "any url" or (self._where == "elsewhere" and not is_loopback(host))

    async def saw(self, sql: str, facts: SessionFacts, result: ResultSet) -> None:
        """See ``plugins.transform.PromptShield``."""
        if not result.rows:
            return
        try:
            checked = await self._masking.check(sql.encode(facts.codec), facts)
            columns = protected_columns(checked, len(result.columns))
        except (AskwireError, UpstreamError, UnicodeError):
            # What the server's catalog says is no value; of anything else nothing is known, so all of it is kept back.
            columns = () if "information_schema" in sql.lower() else range(len(result.columns))
        for row in result.rows:
            for at in columns:
                value = row[at]
                if isinstance(value, str) and MIN_CHARS <= len(value.strip()) <= MAX_CHARS:
                    self._keep(value.strip())

    def _keep(self, value: str) -> None:
        for form in {value, value.replace("'", "''"), value.replace("\\", "\\\\").replace("'", "\\'")}:
            if form in self._values:
                self._values.move_to_end(form)
                continue
            digest = hmac.digest(self._key, b"placeholder\0" + form.encode("utf-8", "replace"), hashlib.sha256)
            placeholder = f"masked_{digest.hex()[:10]}"
            self._values[form] = placeholder
            self._placeholders[placeholder] = form
            if len(self._values) > MAX_VALUES:
                _, gone = self._values.popitem(last=False)
                self._placeholders.pop(gone, None)

    def hide(self, text: str) -> str:
        """See ``plugins.transform.PromptShield``. Longer values first: one may be part of another."""
        lowered = text.casefold()
        found = [value for value in self._values if value.casefold() in lowered]
        for value in sorted(found, key=len, reverse=True):
            before = r"(?<!\w)" if value[0].isalnum() else ""
            after = r"(?!\w)" if value[-1].isalnum() else ""
            text = re.sub(before + re.escape(value) + after, self._values[value], text, flags=re.IGNORECASE)
        return text

    def reveal(self, text: str) -> str:
        """See ``plugins.transform.PromptShield``."""
        return _PLACEHOLDER.sub(lambda match: self._placeholders.get(match.group(), match.group()), text)
