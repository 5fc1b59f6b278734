"""What rules name and nobody has: such a rule protects less than was meant. Told once each, in the log.

Tags and accounts are looked at when the gateway starts. Columns are in the catalog, which only sessions may read: the
first one that is masked looks.
"""

import difflib
import re
from collections.abc import Iterable, Iterator

import structlog

from conf.mask import MaskRule, MaskSettings
from plugins.builtin.mask.catalog import literal, texts
from plugins.builtin.mask.rules import AllRules, folded, user_fits
from plugins.transform import SessionFacts
from plugins.upstream import UpstreamError

log = structlog.get_logger("askwire.mask")
_GLOB = re.compile(r"[*?\[]")


class Doubts:
    """``accounts``: those of the settings; empty where the upstream's own log in. ``same``: see ``Rules``."""

    def __init__(self, settings: MaskSettings, accounts: Iterable[str], same: frozenset[str] = frozenset()) -> None:
        self.count = 0
        self._settings = settings
        self._same = same
        self._same_folded = frozenset(map(folded, same))
        self._columns = {pattern: name for name, rule in self._rules() for pattern in self._literal(rule)}
        self._tell_tags()
        self._tell_accounts(list(accounts))

    def _rules(self) -> Iterator[tuple[str, MaskRule]]:
        return ((rule.name, rule.setting) for rule in AllRules(self._settings))

    def _literal(self, rule: MaskRule) -> Iterator[str]:
        wanted = set(map(folded, rule.tags))
        listed = (p for tag, patterns in self._settings.tags.items() if folded(tag) in wanted for p in patterns)
        return (pattern for pattern in (*rule.columns, *listed) if not _GLOB.search(pattern))

    def _tell_tags(self) -> None:
        listed = {folded(tag): tag for tag, patterns in self._settings.tags.items() if patterns}
        used = {folded(tag) for _, rule in self._rules() for tag in rule.tags}
        for name, rule in self._rules():
            for tag in rule.tags:
                if folded(tag) not in listed:
                    near = difflib.get_close_matches(folded(tag), listed, n=1, cutoff=0.6)
                    hint = f"; did you mean {listed[near[0]]!r}?" if near else ""
                    why = f"mask.tags lists no column for it: it means columns whose comment holds @{tag} alone{hint}"
                    self._tell("mask_tag_not_listed", rule=name, tag=tag, reason=why)
        for tag in listed.keys() - used:
            self._tell("mask_tag_not_used", tag=listed[tag], reason="no rule names it")

    def _tell_accounts(self, accounts: list[str]) -> None:
        why = "[accounts] has nobody like it"
        for name, rule in self._rules():
            for pattern in (*rule.accounts, *rule.unless) if accounts else ():
                if not any(user_fits(pattern, account) for account in accounts):
                    self._tell("mask_account_unknown", rule=name, account=pattern, reason=why)

    async def look(self, facts: SessionFacts) -> None:
        """For columns that rules name in full, in what this session may see of the catalog."""
        if not self._columns:
            return
        missing, self._columns = self._columns, {}
        try:
            found = await self._found(missing, facts)
        except UpstreamError:
            self._columns = missing  # another session may know
            return
        for pattern, name in missing.items():
            if folded(pattern) not in found:
                why = "there is no such column, or the account that asked first may not see it"
                self._tell("mask_column_unknown", rule=name, column=pattern, reason=why)

    async def _found(self, patterns: Iterable[str], facts: SessionFacts) -> set[str]:
        """Those that there are, folded."""
        split = [pattern.split(".") for pattern in patterns]
        schemas = {schema for schema, *_ in split}
        if self._same_folded & set(map(folded, schemas)):
            schemas |= self._same
        names = {"TABLE_SCHEMA": schemas, "LOWER(TABLE_NAME)": {table.lower() for _, table, _ in split}}
        where = " AND ".join(
            f"{what} IN ({', '.join(literal(name, facts) for name in sorted(those))})" for what, those in names.items()
        )
        columns = ", ".join(f"CAST({name} AS BINARY)" for name in ("TABLE_SCHEMA", "TABLE_NAME", "COLUMN_NAME"))
        rows = texts(await facts.query(f"SELECT {columns} FROM information_schema.COLUMNS WHERE {where} LIMIT 1000000"))
        return {
            folded(f"{name}.{table}.{column}")
            for schema, table, column in rows
            for name in (self._same if folded(schema) in self._same_folded else (schema,))
        }

    def _tell(self, event: str, **said: str) -> None:
        self.count += 1
        log.warning(event, **said)
