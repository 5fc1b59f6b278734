"""Reads the one statement that EXPLAIN AI is about. What is no such statement is an error, before anything is sent."""

import logging
import re

import sqlglot
from sqlglot import exp
from sqlglot.dialects.mysql import MySQL
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

from plugins import AskwireError, ErrorCode

logging.getLogger("sqlglot").setLevel(logging.ERROR)  # it warns of what it takes for a Command; that is refused here

MAX_CHARS = 50_000
MAX_NODES = 50_000
MAX_MENTIONS = 300  # of tables; MySQL joins 61 in one block
_MODIFIERS = {
    "UPDATE": {"LOW_PRIORITY", "IGNORE"},
    "DELETE": {"LOW_PRIORITY", "QUICK", "IGNORE"},
    "INSERT": {"LOW_PRIORITY", "DELAYED", "HIGH_PRIORITY", "IGNORE"},
    "REPLACE": {"LOW_PRIORITY", "DELAYED"},
}
_STATEMENTS = (exp.Query, exp.Insert, exp.Update, exp.Delete)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class _AnsiQuotes(MySQL):
    """With the sql_mode ANSI_QUOTES: what stands in double quotes is a name."""

    class Tokenizer(MySQL.Tokenizer):
        QUOTES = ["'"]  # noqa: RUF012
        IDENTIFIERS = ["`", '"']  # noqa: RUF012


def parse(sql: str, sql_mode: str = "") -> exp.Expr:
    """The tree of one SELECT, TABLE, VALUES, INSERT, REPLACE (as an INSERT), UPDATE or DELETE.

    ``sql_mode`` is the session's. Raises ``AskwireError`` (CANNOT_DIAGNOSE).
    """
    if len(sql) > MAX_CHARS:
        raise _refused(f"The statement is longer than {MAX_CHARS:,} characters")
    if _CONTROL.search(sql):
        raise _refused("The statement holds control characters")
    modes = set(sql_mode.upper().split(","))
    if "NO_BACKSLASH_ESCAPES" in modes and "\\" in sql:
        raise _read_otherwise("NO_BACKSLASH_ESCAPES")
    dialect: type[MySQL] = _AnsiQuotes if "ANSI_QUOTES" in modes else MySQL
    try:
        tokens = dialect().tokenize(sql)
        _check_comments(tokens)
        _check_modes(tokens, modes)
        trees = [tree for tree in sqlglot.parse(_plain(sql, tokens), read=dialect) if tree is not None]
    except RecursionError as error:
        raise _refused("The statement is nested too deeply") from error
    except SqlglotError as error:
        raise _refused(f"The statement cannot be read{_near(error)}") from error
    except ValueError as error:
        raise _refused("The statement cannot be read") from error
    trees = [tree for tree in trees if not isinstance(tree, exp.Semicolon)]
    if len(trees) != 1:
        raise _refused(f"One statement is expected, not {len(trees)}")
    return _checked(trees[0])


def _checked(tree: exp.Expr) -> exp.Expr:
    while isinstance(tree, exp.Subquery) and not any(v for k, v in tree.args.items() if k != "this"):
        tree = tree.this
    if not isinstance(tree, (*_STATEMENTS, exp.Values)):
        word = tree.name if isinstance(tree, exp.Command) else tree.key
        raise _refused(f"{word.upper()[:40]} is not a statement that EXPLAIN AI takes")
    if any(count >= MAX_NODES for count, _ in enumerate(tree.walk())):
        raise _refused("The statement is too large")
    if sum(1 for _ in tree.find_all(exp.Table)) > MAX_MENTIONS:
        raise _refused(f"The statement names tables more than {MAX_MENTIONS} times")
    return tree


def _check_comments(tokens: list[Token]) -> None:
    """What stands in an executable comment is seen by the server and not by the parser."""
    for token in tokens:
        if any(comment.lstrip().startswith(("!", "M!")) for comment in token.comments or ()):
            raise _refused("Executable comments (/*! … */) are not taken")


def _check_modes(tokens: list[Token], modes: set[str]) -> None:
    """What the server reads otherwise than the parser does. In Oracle's mode ``s.nextval`` writes."""
    read_otherwise = (
        ("ORACLE", True),
        ("PIPES_AS_CONCAT", any(token.token_type is TokenType.DPIPE for token in tokens)),
        ("HIGH_NOT_PRECEDENCE", any(token.token_type is TokenType.NOT for token in tokens)),
    )
    for mode, matters in read_otherwise:
        if matters and mode in modes:
            raise _read_otherwise(mode)


def _read_otherwise(mode: str) -> AskwireError:
    return _refused(f"With the sql_mode {mode} the statement is read in another way than here")


def _plain(sql: str, tokens: list[Token]) -> str:
    """Without LOW_PRIORITY and the like, which change no plan and which the parser takes for names."""
    first = next((i for i, token in enumerate(tokens) if token.text.upper() in _MODIFIERS), None)
    if first is None or any(token.text.upper() in ("SELECT", "SET", "FROM", "INTO") for token in tokens[:first]):
        return sql
    word = tokens[first].text.upper()
    last = first
    while last + 1 < len(tokens) and _is_modifier(tokens[last + 1], word):
        last += 1
    # REPLACE reads and writes as INSERT does.
    start = "INSERT" if word == "REPLACE" else word
    return sql[: tokens[first].start] + start + sql[tokens[last].end + 1 :]


def _is_modifier(token: Token, word: str) -> bool:
    quoted = token.token_type in (TokenType.IDENTIFIER, TokenType.STRING)
    return not quoted and token.text.upper() in _MODIFIERS[word]


def _near(error: SqlglotError) -> str:
    details = getattr(error, "errors", None) or [{}]
    near = " ".join(str(details[0].get("highlight") or "").split())
    return f" near {near[:60]!r}" if near else ""


def _refused(message: str) -> AskwireError:
    return AskwireError(ErrorCode.CANNOT_DIAGNOSE, message)
