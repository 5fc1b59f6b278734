"""Whether a statement calls only functions that the server brings: a stored function may read what it likes."""

import re

from sqlglot import ErrorLevel, exp
from sqlglot.errors import SqlglotError

from plugins.builtin.mask.lexing import refused
from plugins.functions import ALLOWED

_SESSION = """
version user current_user session_user system_user database schema connection_id last_insert_id found_rows row_count
uuid current_role charset collation coercibility sleep benchmark get_lock release_lock is_free_lock is_used_lock
release_all_locks grouping json_set json_insert json_replace json_remove json_pretty json_merge json_table compress
repeat uncompress random_bytes format_bytes uuid_short name_const default values rand any_value
"""
KNOWN = ALLOWED | frozenset(_SESSION.split())
# What they do is seen, or takes its time; a masked value that is NULL, or too long, may keep them from being called.
_EFFECTS = frozenset("sleep benchmark get_lock release_lock release_all_locks last_insert_id".split())
_CALL = re.compile(r"([A-Za-z_]\w*)\s*(?:\(|$)")
# Written without a name and parentheses.
_BARE = (exp.Case, exp.And, exp.Or, exp.Xor, exp.IntDiv, exp.Mod, exp.RegexpLike, exp.If, exp.Cast, exp.JSONCast)


def check_functions(tree: exp.Expr) -> None:
    """Raises ``AskwireError``: MASKED."""
    for node in tree.find_all(exp.Func, exp.Dot):
        if isinstance(node, exp.Dot):
            raise refused("Columns are masked for this account, and a function of a database's own cannot be checked")
        name = _name(node)
        if name is not None and name.lower() not in KNOWN:
            raise refused(f"Columns are masked for this account, and the function {name[:60]} cannot be checked")


def has_effects(tree: exp.Expr) -> bool:
    """Whether it calls a function from which it can be told whether it was called."""
    return any((_name(node) or "").lower() in _EFFECTS for node in tree.find_all(exp.Func))


def _name(node: exp.Expr) -> str | None:
    """What the server sees called; None for operators."""
    if isinstance(node, (exp.Anonymous, exp.AnonymousAggFunc)):
        return node.name or str(node.this)
    if isinstance(node, _BARE):
        return None
    try:
        text = node.sql(dialect="mysql", unsupported_level=ErrorLevel.RAISE, comments=False)
    except (SqlglotError, ValueError, RecursionError):
        return type(node).__name__
    found = _CALL.match(text)
    return found[1] if found else None
