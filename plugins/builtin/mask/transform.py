"""One session's masking: its statements are checked before they go up, its results changed on their way down."""

import re
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from plugins.builtin.mask.actions import hidden, mask_of
from plugins.builtin.mask.catalog import Catalog, Table
from plugins.builtin.mask.doubts import Doubts
from plugins.builtin.mask.flow import Flow
from plugins.builtin.mask.lexing import normalised, refused
from plugins.builtin.mask.rules import Column, Rules
from plugins.builtin.mask.statements import Kind, Result, Statement, judge, read
from plugins.transform import CellMask, Checked, ResultPlan, SessionFacts, WireColumn

Tables = dict[tuple[str, str], Table]
HIDDEN = "The message is hidden: it may show values of columns that are masked for this account"
# What these say holds no value of a row. https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html
_PLAIN_ERRORS = frozenset(
    """
    1016 1034 1037 1040 1044 1045 1046 1047 1049 1050 1051 1052 1053 1054 1060 1061 1064 1065 1066 1091 1093 1096 1103
    1109 1110 1111 1113 1118 1136 1140 1142 1143 1144 1146 1153 1158 1159 1160 1161 1163 1170 1176 1191 1192 1205 1206
    1213 1222 1226 1227 1235 1241 1243 1248 1250 1305 1317 1327 1364 1410 1415 1419 1429 1437 1442 1461 1582 1583 1615
    1630 1664 1792 1836 1927 1969 3024 3065 4031 4047
    """.split()
)
# Of MySQL: SQL modes in which a text is read otherwise than it is checked.
_OTHER_TEXTS = frozenset("ANSI_QUOTES NO_BACKSLASH_ESCAPES ANSI ORACLE MSSQL DB2 MAXDB POSTGRESQL".split())
_CHARSETS = frozenset(
    """
    utf8 utf8mb3 utf8mb4 ascii latin1 latin2 latin5 latin7 cp1250 cp1251 cp1256 cp1257 cp850 cp852 cp866 koi8r koi8u
    """.split()
)
# What may be sent all the same: it ends that. In every character set and mode these are the same bytes.
_MENDS = re.compile(
    r"\s*SET\s+(?:NAMES\s+'?\w+'?(?:\s+COLLATE\s+'?\w+'?)?|(?:SESSION\s+|@@)?sql_mode\s*=\s*(?:'[A-Z_,]*'|DEFAULT))\s*;?\s*",
    re.I | re.A,
)
_READ, _CACHED = 2048, 512
_SYSTEM = frozenset({"information_schema", "performance_schema", "mysql", "sys"})


@dataclass(frozen=True, slots=True)
class _Plan:
    """``flows``: what lineage says of each column; the metadata on the wire may add to that, never take away."""

    rules: Rules
    key: bytes
    flows: tuple[Flow, ...] | None

    def masks(self, columns: Sequence[WireColumn]) -> Sequence[CellMask | None]:
        if self.flows is not None and len(self.flows) != len(columns):
            raise refused("Columns are masked for this account, and the result has other columns than were checked")
        flows: Sequence[Flow | None] = self.flows if self.flows is not None else [None] * len(columns)
        return [self._mask(column, flow) for column, flow in zip(columns, flows, strict=True)]

    def _mask(self, column: WireColumn, flow: Flow | None) -> CellMask | None:
        if flow:
            return mask_of(flow.plain.setting, column, self.key) if flow.plain else hidden(flow.first.setting, column)
        if not column.table or not column.column or column.schema.lower() in _SYSTEM:
            return None
        rule = self.rules.of(column.schema, column.table, Column(column.column))
        return None if rule is None else mask_of(rule.setting, column, self.key)


class _Explained:
    """A plan in rows names columns; in any other form it holds conditions, and those values."""

    def masks(self, columns: Sequence[WireColumn]) -> Sequence[CellMask | None]:
        if len(columns) < 2:
            raise refused("Columns are masked for this account: only a plan in rows can be shown")
        return [None] * len(columns)


@dataclass(frozen=True, slots=True)
class _Messages:
    """SHOW WARNINGS once a statement named a masked table, or ``read`` one: then their number tells of values too."""

    read: bool

    def masks(self, columns: Sequence[WireColumn]) -> Sequence[CellMask | None]:
        if self.read:
            raise refused("Warnings may tell of columns that are masked for this account; a new session has them again")
        if len(columns) != 3:
            return [None] * len(columns)
        return [None, None, lambda _cell: HIDDEN.encode()]


class Masking:
    """Implements ``plugins.transform.ResultTransform``."""

    def __init__(self, rules: Rules, key: bytes, doubts: Doubts | None = None) -> None:
        self._rules = rules
        self._key = key
        self._doubts = doubts
        self._catalog = Catalog(rules)
        self._judged: OrderedDict[tuple[str, str | None], tuple[Tables, Result]] = OrderedDict()
        # A masked table was named, or a masked column read. Not every statement clears the messages of those before:
        # so they are hidden as long as the session lasts.
        self._told = self._asked = False

    @property
    def identity(self) -> str:
        return self._rules.identity

    async def check(self, text: bytes, facts: SessionFacts) -> Checked:
        """See ``ResultTransform``."""
        statements = self._statements(text, facts)
        if self._doubts is not None and any(statement.tables for statement in statements):
            await self._doubts.look(facts)
        results = [await self._judge(statement, facts) for statement in statements]
        involved = any(result.involved for result in results)
        self._told = self._told or involved
        self._asked = self._asked or any(result.asks for result in results)
        plans = [self._plan(s, r) for s, r in zip(statements, results, strict=True)]
        settles = any(s.kind is Kind.SETTLES or _may_settle(s) for s in statements)
        return Checked(tuple(plans), _message if involved else None, settles)

    def _statements(self, text: bytes, facts: SessionFacts) -> list[Statement]:
        try:
            plain = text.rstrip(b"\0").decode(facts.codec)
        except UnicodeDecodeError as error:
            raise refused(f"Columns are masked for this account, and the statement is no {facts.charset}") from error
        if (fault := _fault(facts)) is not None and not _MENDS.fullmatch(plain):
            raise refused(fault)
        shape = normalised(plain)
        return read_cached(shape)

    async def _judge(self, statement: Statement, facts: SessionFacts) -> Result:
        if statement.tree is None:
            return Result()
        tables = await self._catalog.tables(statement.tables, facts)
        key = (statement.text, facts.database)
        known = self._judged.get(key)
        if known is not None and known[0] == tables:
            return known[1]
        result = judge(statement, tables)
        self._judged[key] = (tables, result)
        if len(self._judged) > _CACHED:
            self._judged.popitem(last=False)
        return result

    def _plan(self, statement: Statement, result: Result) -> ResultPlan | None:
        if statement.kind is Kind.WARNINGS:
            return _Messages(self._asked) if self._told else None
        if statement.tree is None:
            return None
        if statement.explain is not None:
            return _Explained() if result.explained else None
        return _Plan(self._rules, self._key, result.flows)


@lru_cache(_READ)
def read_cached(shape: str) -> list[Statement]:
    """For all sessions: what a text is does not depend on who sends it. Raises ``AskwireError``."""
    return read(shape)


def protected_columns(checked: Checked, width: int) -> Sequence[int]:
    """Which columns of the one result hold something of masked ones. Raises ``AskwireError``."""
    plan = checked.plans[0] if len(checked.plans) == 1 else None
    if not isinstance(plan, _Plan) or plan.flows is None:
        return ()
    if len(plan.flows) != width:
        raise refused("The result has other columns than were checked")
    return [at for at, flow in enumerate(plan.flows) if flow]


def _message(number: int) -> str | None:
    return None if str(number) in _PLAIN_ERRORS else HIDDEN


def _may_settle(statement: Statement) -> bool:
    """DROP DATABASE deselects it."""
    return statement.tree is not None and statement.tree.key in ("create", "drop", "alter")


def _fault(facts: SessionFacts) -> str | None:
    """Why texts of this session are not read as they are checked."""
    if facts.charset.lower() not in _CHARSETS:
        return f"Columns are masked for this account: SET NAMES utf8mb4 first, {facts.charset} cannot be checked"
    if other := facts.modes & _OTHER_TEXTS:
        return f"Columns are masked for this account: SET sql_mode without {', '.join(sorted(other))} first"
    return None
