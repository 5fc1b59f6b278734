"""What a statement is, and what may be done with it where columns are masked. What is not known is refused."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from plugins.builtin.mask.catalog import Named, Table, named_tables
from plugins.builtin.mask.flow import ANY, Flow, Relation, Scope, together
from plugins.builtin.mask.functions import KNOWN, check_functions, has_effects
from plugins.builtin.mask.lexing import refused
from plugins.builtin.mask.lineage import Lineage

_WORD = r"(?:[\w$\x80-\U0010ffff]+|`(?:[^`]|``)+`)"
_NAME = rf"{_WORD}(?:\s*\.\s*{_WORD})?"
_FLAGS = re.I | re.S
# Whole statements that read no table's rows. Strings are 's' here.
_PASSES = re.compile(
    rf"""(?:
    BEGIN(?:\ WORK)?|START\ TRANSACTION(?:\ [\w ,]+)?|COMMIT(?:\ [\w ]+)?|ROLLBACK(?:\ WORK)?(?:\ AND\ [\w ]+)?
    |SAVEPOINT\ {_WORD}|ROLLBACK(?:\ WORK)?\ TO(?:\ SAVEPOINT)?\ {_WORD}|RELEASE\ SAVEPOINT\ {_WORD}
    |(?:DESC|DESCRIBE|EXPLAIN)\ {_NAME}(?:\ (?:{_WORD}|'s'))?|UNLOCK\ TABLES
    |LOCK\ TABLES\ [\w$,` .]+|KILL(?:\ (?:HARD|SOFT))?(?:\ (?:CONNECTION|QUERY))?\ \d+
    |SHOW\ (?:FULL\ |EXTENDED\ |GLOBAL\ |SESSION\ |LOCAL\ |STORAGE\ )*(?:TABLES|TABLE\ STATUS|COLUMNS|FIELDS|INDEX
      |INDEXES|KEYS|DATABASES|SCHEMAS|VARIABLES|STATUS|COLLATION|CHARACTER\ SET|CHARSET|ENGINES|PLUGINS|GRANTS|TRIGGERS
      |PROCEDURE\ STATUS|FUNCTION\ STATUS|EVENTS|OPEN\ TABLES|PRIVILEGES|CREATE\ \w+)(?:\b.*)?
    )""",
    _FLAGS | re.X,
)
_ROWS = re.compile(
    r"\b(?:SELECT|WITH(?! CONSISTENT SNAPSHOT\b)|VALUES)\b|\bTABLE ?\(|\( ?TABLE\b|\b(?:EXPLAIN|DESC|DESCRIBE) TABLE\b",
    _FLAGS,
)
_CALLS = re.compile(rf"(\.?) ?({_WORD}) ?\(")
_WARNINGS = re.compile(r"SHOW (?:COUNT ?\( ?\* ?\) )?(?:WARNINGS|ERRORS)(?: LIMIT .*)?", _FLAGS)
_COUNTS = re.compile(r"\b(?:warning|error)_count\b", _FLAGS)
# They change what the session's next statement means.
_SETTLES = re.compile(rf"USE ?{_WORD}|SET (?!STATEMENT\b|PASSWORD\b|GLOBAL\b|PERSIST).*", _FLAGS)
_NOT_SET = re.compile(r"\b(?:SELECT|TABLE|WITH|VALUES|CALL|GLOBAL|PERSIST|PERSIST_ONLY)\b", _FLAGS)
_EXPLAIN = re.compile(
    r"(?P<verb>EXPLAIN|DESCRIBE|DESC|ANALYZE)(?P<options>(?: (?:EXTENDED|PARTITIONS|ANALYZE|FORMAT ?= ?\w+))*) "
    r"(?P<inner>\(?(?:SELECT|WITH|TABLE|INSERT|UPDATE|DELETE|REPLACE)\b.*)",
    _FLAGS,
)
_TABULAR = re.compile(r"(?: (?:EXTENDED|PARTITIONS|FORMAT ?= ?TRADITIONAL))*", _FLAGS)
_ENGINES = frozenset({"INNODB", "MYISAM", "ARIA", "MEMORY", "ROCKSDB"})
_PROPERTIES = (
    *(exp.EngineProperty, exp.CharacterSetProperty, exp.CollateProperty, exp.SchemaCommentProperty),
    *(exp.AutoIncrementProperty, exp.TemporaryProperty),
)


class Kind(Enum):
    PASSES = auto()  # it reads no rows
    SETTLES = auto()
    WARNINGS = auto()
    TREE = auto()


@dataclass(frozen=True, slots=True)
class Statement:
    """One of a command's. ``explain``: ``rows``, or ``other`` forms of a plan, where it is explained only."""

    kind: Kind
    text: str
    tree: exp.Expr | None = None
    tables: tuple[Named, ...] = ()
    explain: str | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """``flows``: of its columns in order; None where nothing changes. ``involved``: a masked table is named."""

    flows: tuple[Flow, ...] | None = None
    involved: bool = False
    explained: bool = False  # the result is a plan
    asks: bool = False  # a masked column is read


def read(text: str) -> list[Statement]:
    """The statements of a normalised text. Raises ``AskwireError`` for what cannot be checked."""
    parts = [part.strip() for part in _split(text)]
    found = [_statement(part) for part in parts if part]
    if any(s.kind is Kind.SETTLES for s in found[:-1]):
        raise refused("Columns are masked for this account: send SET and USE by themselves, not before others")
    return found


def _split(text: str) -> list[str]:
    """At semicolons that are not within a quoted name; strings hold none any more."""
    return re.split(r";(?=(?:[^`]*`[^`]*`)*[^`]*\Z)", text)


def _statement(text: str) -> Statement:
    if _COUNTS.search(text):
        raise refused("How many warnings there are may tell of columns that are masked for this account")
    if _WARNINGS.fullmatch(text):
        return Statement(Kind.WARNINGS, text)
    if _PASSES.fullmatch(text) and not _ROWS.search(text):
        _check_calls(text)
        return Statement(Kind.PASSES, text)
    if _SETTLES.fullmatch(text):
        _check_calls(text)
        if text[:3].upper() == "SET" and _NOT_SET.search(text):
            raise refused("Columns are masked for this account, and SET takes no query and no GLOBAL there")
        return Statement(Kind.SETTLES, text)
    if match := _EXPLAIN.fullmatch(text):
        plain = match["verb"].upper() != "ANALYZE" and _TABULAR.fullmatch(match["options"]) is not None
        tree = _parse(match["inner"])
        return Statement(Kind.TREE, text, tree, named_tables(tree), "rows" if plain else "other")
    tree = _parse(text)
    return Statement(Kind.TREE, text, tree, named_tables(tree))


def _check_calls(text: str) -> None:
    """Of what is not parsed."""
    for dot, name in _CALLS.findall(text):
        if dot or name.lower() not in KNOWN:
            raise refused(f"Columns are masked for this account, and the function {name[:60]} cannot be checked")


def _parse(text: str) -> exp.Expr:
    inserts = re.sub(r"\AREPLACE\b(?! ?\()", "INSERT", text, flags=re.I)  # sqlglot knows no REPLACE INTO
    inserts = re.sub(r"\AINSERT (?:LOW_PRIORITY |DELAYED |HIGH_PRIORITY )", "INSERT ", inserts, flags=re.I)
    try:
        trees = sqlglot.parse(inserts, read="mysql")
    except (SqlglotError, RecursionError, ValueError, AttributeError) as error:
        raise refused("Columns are masked for this account, and this statement cannot be read") from error
    if len(trees) != 1 or not isinstance(trees[0], exp.Expr) or isinstance(trees[0], exp.Command):
        raise refused("Columns are masked for this account, and statements of this kind cannot be checked")
    if trees[0].find(exp.Command) is not None:
        raise refused("Columns are masked for this account, and statements of this kind cannot be checked")
    _check_kind(trees[0])
    _same_names(inserts, trees[0])
    check_functions(trees[0])
    return trees[0]


def _same_names(text: str, tree: exp.Expr) -> None:
    """Nothing that was quoted may have been lost on the way into the tree."""
    kept = {name.name for name in tree.find_all(exp.Identifier)}
    for quoted in re.findall(r"`((?:[^`]|``)+)`", text):
        if quoted.replace("``", "`") not in kept:
            raise refused(f"Columns are masked for this account, and {quoted[:40]!r} cannot be checked where it stands")


def judge(statement: Statement, tables: Mapping[tuple[str, str], Table]) -> Result:
    """What becomes of it. Raises ``AskwireError`` to refuse it."""
    tree = statement.tree
    if tree is None:
        return Result()
    involved = any(table.protected for table in tables.values())
    if not involved:
        return Result()
    lineage = Lineage({key: table.relation for key, table in tables.items()})
    if isinstance(tree, exp.Query):
        flows = tuple(output.flow for output in lineage.query(tree, Scope(None, {})).outputs)
    else:
        flows = ()
        _change(tree, lineage, tables)
    if lineage.touched and has_effects(tree):
        raise refused(f"{', '.join(sorted(lineage.touched))} is masked for this account: no locks and no waiting there")
    if statement.explain is None:
        return Result(flows, involved=True, asks=isinstance(tree, exp.Query) and bool(lineage.touched))
    if lineage.touched and statement.explain != "rows":
        raise refused(
            f"{', '.join(sorted(lineage.touched))} is masked for this account: only a plain EXPLAIN can be shown"
        )
    return Result((), involved=bool(lineage.touched), explained=bool(lineage.touched))


# --- what changes data or tables --------------------------------------------------------------------------------


def _check_kind(tree: exp.Expr) -> None:
    """Only what cannot reach a masked column by a way that is not looked at."""
    if isinstance(tree, (exp.Query, exp.Insert, exp.Update, exp.Delete, exp.Drop, exp.TruncateTable)):
        return
    if isinstance(tree, exp.Create) and tree.kind in ("TABLE", "INDEX", "VIEW", "DATABASE", "SCHEMA"):
        properties = tree.args.get("properties")
        for each in properties.expressions if properties else ():
            engine = each.this.name.upper() if isinstance(each, exp.EngineProperty) else ""
            if (engine and engine not in _ENGINES) or (tree.kind == "TABLE" and not isinstance(each, _PROPERTIES)):
                raise refused("Columns are masked for this account, and a table of this kind may show others' rows")
        return
    raise refused("Columns are masked for this account, and statements of this kind cannot be checked")


def _change(tree: exp.Expr, lineage: Lineage, tables: Mapping[tuple[str, str], Table]) -> None:
    """INSERT, UPDATE and DELETE may write masked columns, but take nothing out of them; nothing else is allowed."""
    scope = Scope(None, {})
    if isinstance(tree, exp.Insert):
        _only(tree, "this expression conflict ignore")
        target = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
        if isinstance(tree.expression, exp.Query):
            _clean(together(o.flow for o in lineage.query(tree.expression, scope).outputs))
        elif isinstance(tree.expression, exp.Values):
            for row in tree.expression.expressions:
                _clean(together(lineage.flow(cell, scope) for cell in row.expressions))
        if conflict := tree.args.get("conflict"):
            _assigned(conflict.expressions, lineage, Scope(None, {}, [(target.alias_or_name, _of(target, tables))]))
    elif isinstance(tree, exp.Update):
        _only(tree, "this expressions where from_ order limit")
        lineage.sources(exp.Select(from_=exp.From(this=tree.this)), scope)
        lineage.sources(tree, scope)
        _assigned(tree.expressions, lineage, scope)
        _conditions(tree, lineage, scope)
    elif isinstance(tree, exp.Delete):
        _only(tree, "this tables using where order limit")
        lineage.sources(exp.Select(from_=exp.From(this=tree.this)), scope)
        for each in tree.args.get("using") or ():
            lineage.sources(exp.Select(from_=exp.From(this=each)), scope)
        _conditions(tree, lineage, scope)
    elif isinstance(tree, exp.Create) and tree.kind == "TABLE" and isinstance(tree.expression, exp.Query):
        if tree.find(exp.Reference, exp.LikeProperty):
            raise refused("Columns are masked for this account, and a table made so may show them")
        _clean(together(o.flow for o in lineage.query(tree.expression, scope).outputs))
    elif not isinstance(tree, (exp.Drop, exp.TruncateTable)):
        raise refused("A table with columns that are masked for this account cannot be changed here")


def _of(target: exp.Expr, tables: Mapping[tuple[str, str], Table]) -> Relation:
    assert isinstance(target, exp.Table)
    return tables[target.db, target.name].relation


def _assigned(assignments: list[exp.Expr], lineage: Lineage, scope: Scope) -> None:
    for each in assignments:
        if not isinstance(each, exp.EQ):
            raise refused("Columns are masked for this account, and an assignment cannot be read")
        _clean(lineage.flow(each.expression, scope))


def _conditions(tree: exp.Expr, lineage: Lineage, scope: Scope) -> None:
    lineage.predicate(tree.args.get("where"), scope)
    if order := tree.args.get("order"):
        lineage.predicate(order, scope)


def _clean(flow: Flow) -> None:
    if flow:
        flow.require(ANY + 1, "copied elsewhere")


def _only(tree: exp.Expr, parts: str) -> None:
    extra = {name for name, value in tree.args.items() if value} - set(parts.split())
    if extra:
        said = ", ".join(sorted(extra)).upper().strip("_")
        raise refused(f"Columns are masked for this account, and {said} cannot be checked here")
