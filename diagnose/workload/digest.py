"""Which statements are the same but for their values: the digest of a statement.

Two steps, since parsing costs a millisecond: the text without its values (``fingerprint``, microseconds) is looked up;
only one that was not seen before is parsed and normalised by sqlglot. Compare MySQL's statement digests
(https://dev.mysql.com/doc/refman/8.4/en/performance-schema-statement-digests.html).
"""

import hashlib
import re
from collections import OrderedDict
from dataclasses import dataclass

import sqlglot
from sqlglot import exp

# Longer texts are bulk loads as a rule; they are normalised as text.
PARSED_CHARS = 10_000
DIGEST_CHARS = 4_000
CACHED = 4_096

_VALUE = r"'(?:[^'\\]|\\.|'')*+(?:'|\Z)|\"(?:[^\"\\]|\\.|\"\")*+(?:\"|\Z)|(?<![\w$.`])[-+]?\d[\w.]*+"
_TOKEN = re.compile(
    rf"(?P<name>`[^`]*+(?:`|\Z))|(?P<blank>(?:\s|/\*(?!!)(?:[^*]|\*(?!/))*+(?:\*/|\Z)|#[^\n]*+|--(?=\s|\Z)[^\n]*+)++)"
    rf"|(?P<value>{_VALUE})",
    re.S,
)
_LIST = re.compile(r"\(\s*\?(?:\s*,\s*\?)+\s*\)")
_ROW = r"\((?:\?|NULL|DEFAULT)(?:, (?:\?|NULL|DEFAULT))*+\)"
_ROWS = re.compile(rf"({_ROW})(?:, {_ROW})+", re.I)


@dataclass(frozen=True, slots=True)
class Digest:
    """``key``: 16 hexadecimal digits. ``text``: the statement with ``?`` for its values, in one line."""

    key: str
    text: str


class Digests:
    """Digests of texts, the last ones kept. Not for several threads."""

    def __init__(self, cached: int = CACHED) -> None:
        self._cached = cached
        self._known: OrderedDict[str, Digest] = OrderedDict()

    def of(self, text: str) -> Digest:
        """The digest of a statement, whatever it holds."""
        print_ = fingerprint(text)
        found = self._known.get(print_)
        if found is None:
            found = self._known[print_] = _digest(text, print_)
            if len(self._known) > self._cached:
                self._known.popitem(last=False)
        else:
            self._known.move_to_end(print_)
        return found


def fingerprint(text: str) -> str:
    """The text without values and comments; lists of values are one value. Takes time linear in its length."""
    bare = _TOKEN.sub(_shorter, text).strip(" ;")
    return _ROWS.sub(r"\1", _LIST.sub("(?)", bare))[: 4 * DIGEST_CHARS]


def _shorter(match: re.Match[str]) -> str:
    if match["name"]:
        return match["name"]
    return " " if match["blank"] else "?"


def _digest(text: str, print_: str) -> Digest:
    normal = _normalised(text) if len(text) <= PARSED_CHARS else None
    shown = (normal or print_)[:DIGEST_CHARS]
    return Digest(hashlib.sha256((normal or print_).encode("utf-8", "replace")).hexdigest()[:16], shown)


def _normalised(text: str) -> str | None:
    """By its tree; None for what sqlglot does not read."""
    try:
        tree = sqlglot.parse_one(text, dialect="mysql")
        if isinstance(tree, exp.Command):
            return None
        return tree.transform(_without_values, copy=False).sql(dialect="mysql", comments=False, normalize=False)
    except Exception:  # besides its own errors sqlglot raises KeyError, TypeError and others for odd texts
        return None


def _without_values(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Literal | exp.HexString | exp.BitString | exp.National | exp.Introducer):
        return exp.Placeholder()
    if isinstance(node, exp.Neg) and isinstance(node.this, exp.Literal | exp.Placeholder):
        return exp.Placeholder()
    if isinstance(node, exp.In) and len(node.expressions) > 1 and all(map(_is_value, node.expressions)):
        node.set("expressions", [exp.Placeholder()])
    if isinstance(node, exp.Values) and len(node.expressions) > 1:
        node.set("expressions", node.expressions[:1])
    return node


def _is_value(node: exp.Expr) -> bool:
    return isinstance(node, exp.Literal | exp.Placeholder) or (isinstance(node, exp.Neg) and _is_value(node.this))
