"""The functions that a query over the system tables may call: none that reaches out, or makes much of little.

DuckDB's memory limit does not hold for the strings that functions build, and a function that runs is not interrupted.
"""

from sqlglot import exp

from proxy.upstreams.metadata import errors

_ALLOWED = (
    exp.AggFunc,
    exp.Abs,
    exp.And,
    exp.Anonymous,  # by name, see below
    exp.Between,
    exp.Case,
    exp.Cast,
    exp.Ceil,
    exp.Coalesce,
    exp.Collate,
    exp.Concat,
    exp.ConcatWs,
    exp.CurrentDate,
    exp.CurrentTimestamp,
    exp.DateAdd,
    exp.DateDiff,
    exp.DateSub,
    exp.Day,
    exp.Exists,
    exp.Extract,
    exp.Floor,
    exp.Greatest,
    exp.If,
    exp.JSONExtract,
    exp.JSONExtractScalar,
    exp.Least,
    exp.Left,
    exp.Length,
    exp.Lower,
    exp.MD5,
    exp.Month,
    exp.Nullif,
    exp.Or,
    exp.Pow,
    exp.Rank,
    exp.RegexpLike,
    exp.Replace,
    exp.Right,
    exp.Round,
    exp.RowNumber,
    exp.Sign,
    exp.StrPosition,
    exp.Substring,
    exp.SubstringIndex,
    exp.TimeToStr,
    exp.Trim,
    exp.TsOrDsToDate,
    exp.TsOrDsToTimestamp,
    exp.Upper,
    exp.Xor,
    exp.Year,
)
_BY_NAME = frozenset({"CRC32", "FIND_IN_SET", "ISNULL", "QUOTE", "SUBSTRING_INDEX", "UNIX_TIMESTAMP"})
# What REPLACE in REPLACE can make of a character: the length of the replacement to the power of the depth.
_REPLACEMENT, _DEPTH = 16, 4


def check_functions(tree: exp.Expr) -> None:
    """Raises 1305 for a function that nobody knows, 1235 for one that may not be called here."""
    for node in tree.find_all(exp.Func):
        if node.find_ancestor(exp.Hint) is not None:
            continue
        if isinstance(node, exp.Anonymous):
            name = str(node.this).upper()
            if name not in _BY_NAME:
                raise errors.unknown_function(name)
        elif not isinstance(node, _ALLOWED):
            raise errors.not_supported(f"{node.sql_name()} over INFORMATION_SCHEMA")
        if isinstance(node, exp.Replace):
            _check_replace(node)


def _check_replace(node: exp.Replace) -> None:
    replacement = node.args.get("replacement")
    literal = isinstance(replacement, exp.Literal) and len(str(replacement.this)) <= _REPLACEMENT
    if not literal or len(list(node.find_all(exp.Replace))) > _DEPTH or node.find_ancestor(exp.CTE, exp.Subquery):
        raise errors.not_supported("such a REPLACE over INFORMATION_SCHEMA")
