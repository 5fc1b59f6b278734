"""Which rule a column falls under, for one account."""

import fnmatch
import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from conf.mask import MaskRule, MaskSettings

_TAG = re.compile(r"(?<![\w@])@([\w-]+)")


def folded(name: str) -> str:
    """Names that a server may take for the same are the same; some that it tells apart are too.

    Servers fold case in their own ways (the dotted I, the Kelvin sign); without marks and case there is only one.
    """
    if name.isascii():
        return name.lower()
    bare = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return bare.casefold().replace("\u0131", "i")


def _glob(patterns: Iterable[str]) -> re.Pattern[str]:
    each = [fnmatch.translate(folded(pattern)) for pattern in patterns]
    return re.compile("|".join(each) if each else r"(?!)")


@dataclass(frozen=True, slots=True)
class Column:
    """What is known of a table's column. ``type`` is the word that the database writes first: ``varchar``, ``int``."""

    name: str
    type: str = ""
    comment: str = ""
    visible: bool = True  # ``*`` stands for it


class Rule:
    """One rule of the settings, ready to be asked. ``tags``: the columns of each, by its folded name."""

    def __init__(self, setting: MaskRule, tags: dict[str, tuple[str, ...]], number: int) -> None:
        self.setting = setting
        self.name = setting.name or f"rule {number}"
        named = [*setting.columns, *(pattern for tag in setting.tags for pattern in tags.get(folded(tag), ()))]
        self._columns = _glob(named)
        self._tables = _glob(pattern.rpartition(".")[0] for pattern in named)
        self._tags = frozenset(folded(tag) for tag in setting.tags)
        self._types = _glob(setting.types)
        self._accounts = _accounts(setting.accounts)
        self._unless = _accounts(setting.unless)

    @property
    def open(self) -> "Rule":
        """The same rule where comparing is allowed."""
        copy = Rule.__new__(Rule)
        copy.__dict__.update(self.__dict__)
        copy.setting = self.setting.model_copy(update={"compare": "allow"})
        return copy

    def concerns(self, user: str, host: str) -> bool:
        """Whether it holds for an account. User names have case; hosts have none."""
        return _any(self._accounts, user, host) and not _any(self._unless, user, host)

    def protects(self, schema: str, table: str, column: Column) -> bool:
        if self._columns.match(f"{folded(schema)}.{folded(table)}.{folded(column.name)}"):
            return True
        if self._tags and self._tags & {folded(tag) for tag in _TAG.findall(column.comment)}:
            return True
        return bool(self.setting.types) and self._types.match(folded(column.type)) is not None

    @property
    def by_facts(self) -> bool:
        """Whether a column's name does not tell: its type or its comment has to be known."""
        return bool(self.setting.types or self._tags)

    def may_protect(self, schema: str, table: str) -> bool:
        """Whether any column of a table of which nothing else is known might be meant."""
        return self.by_facts or self._tables.match(f"{folded(schema)}.{folded(table)}") is not None


Accounts = Sequence[tuple[re.Pattern[str], re.Pattern[str]]]


def _accounts(patterns: Iterable[str]) -> Accounts:
    pairs = (pattern.rpartition("@") for pattern in patterns)
    return [(re.compile(fnmatch.translate(user)), _glob([host.replace("%", "*")])) for user, _, host in pairs]


def user_fits(pattern: str, user: str) -> bool:
    """Whether ``user@host`` may mean a user of that name, from somewhere."""
    return fnmatch.fnmatchcase(user, pattern.rpartition("@")[0])


def _any(accounts: Accounts, user: str, host: str) -> bool:
    return any(u.match(user) and h.match(folded(host)) for u, h in accounts)


class Rules:
    """Those that concern one account, in the order of the settings: the first that fits a column counts.

    ``same``: names of one schema; what a rule says of any of them holds for all.
    """

    def __init__(self, rules: Sequence[Rule], same: frozenset[str] = frozenset()) -> None:
        self.rules = tuple(rules)
        self._same = frozenset(map(folded, same))
        said = "\n".join(rule.setting.model_dump_json() for rule in rules)
        self.identity = hashlib.sha256(said.encode()).hexdigest()[:16]

    def of(self, schema: str, table: str, column: Column) -> Rule | None:
        names = self._names(schema)
        return next((rule for rule in self.rules if any(rule.protects(n, table, column) for n in names)), None)

    def may_protect(self, schema: str, table: str) -> bool:
        return any(rule.may_protect(name, table) for rule in self.rules for name in self._names(schema))

    def _names(self, schema: str) -> Iterable[str]:
        return self._same if folded(schema) in self._same else (schema,)

    @property
    def by_facts(self) -> bool:
        return any(rule.by_facts for rule in self.rules)


class AllRules:
    """Every rule of the settings. ``same``: see ``Rules``."""

    def __init__(self, settings: MaskSettings, same: frozenset[str] = frozenset()) -> None:
        self._same = same
        tags: dict[str, tuple[str, ...]] = {}
        for tag, patterns in settings.tags.items():
            tags[folded(tag)] = tags.get(folded(tag), ()) + patterns
        self._rules = [Rule(setting, tags, number) for number, setting in enumerate(settings.rules, 1)]
        self._known: dict[tuple[Rule, ...], Rules] = {}

    def __iter__(self) -> Iterator[Rule]:
        return iter(self._rules)

    def everything(self) -> Rules:
        """All of them, as if they allowed every comparison: to tell where values go, not what may be done with them."""
        return Rules([rule.open for rule in self._rules], self._same)

    def for_account(self, user: str, host: str) -> Rules | None:
        """None: no rule concerns it."""
        mine = tuple(rule for rule in self._rules if rule.concerns(user, host))
        if not mine:
            return None
        if mine not in self._known:
            self._known[mine] = Rules(mine, self._same)
        return self._known[mine]
