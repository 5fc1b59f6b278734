"""MySQL text to sqlglot trees, one for each statement."""

import logging
from itertools import pairwise

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, SqlglotError
from sqlglot.errors import TokenError as TokenizingError

from proxy.upstreams.dialect import lexer
from proxy.upstreams.dialect.errors import SqlSyntaxError
from proxy.upstreams.dialect.lexer import Lexeme
from proxy.upstreams.dialect.shape import PREFIX, Shaped, shape

logging.getLogger("sqlglot").setLevel(logging.ERROR)  # it warns of what it takes for a Command; that is refused here

MAX_DEPTH = 400  # of parentheses: sqlglot's parser is recursive


def parse(sql: str) -> list[exp.Expr]:
    """The statements of ``sql``, in order; empty ones are left out.

    A function of MySQL's that the dialect knows is an ``exp.Anonymous`` with its name in capitals, whatever node
    sqlglot has for it. What sqlglot cannot read is an ``exp.Command``, which ``translate`` refuses by name. ``meta``
    holds ``sql`` (the statement's text) and what ``shape`` found. Raises ``SqlSyntaxError``.
    """
    found = lexer.read(sql)
    sql = lexer.readable(sql)
    return [_parse_one(sql, lexemes) for lexemes in _split(found) if lexemes]


def _split(lexemes: list[Lexeme]) -> list[list[Lexeme]]:
    ends = [i for i, lexeme in enumerate(lexemes) if lexeme.kind == "operator" and lexeme.text == ";"]
    bounds = [-1, *ends, len(lexemes)]
    return [lexemes[start + 1 : end] for start, end in pairwise(bounds)]


def _parse_one(sql: str, lexemes: list[Lexeme]) -> exp.Expr:
    _check_depth(sql, lexemes)
    text = sql[lexemes[0].start : lexemes[-1].end]
    if construct := _about_files(lexemes):
        refused = exp.Command(this=construct)
        refused.meta.update(sql=text, construct=construct)
        return refused
    shaped = shape(sql, lexemes)
    written = lexer.write(shaped.lexemes)
    try:
        trees = sqlglot.parse(written, read="mysql")
    except ParseError as error:
        raise _located(sql, shaped, written, error) from None
    except TokenizingError:
        raise lexer.syntax_error(sql, lexemes[0].start) from None
    except (SqlglotError, RecursionError, ValueError, AttributeError, KeyError, IndexError):
        raise lexer.syntax_error(sql, lexemes[0].start) from None
    tree = trees[0] if len(trees) == 1 else None
    if tree is None:
        raise lexer.syntax_error(sql, lexemes[0].start)
    assert isinstance(tree, exp.Expr)
    if any(not each.expressions for each in tree.find_all(exp.Select)):
        raise lexer.syntax_error(sql, lexemes[1].start if len(lexemes) > 1 else len(sql))
    _restore_names(tree)
    tree.meta.update(shaped.facts, sql=text)
    return tree


def _about_files(lexemes: list[Lexeme]) -> str:
    """MySQL's statements that read and write files, which sqlglot cannot read; empty for every other."""
    words = [lexeme.upper for lexeme in lexemes]
    if words[0] == "LOAD" and words[1:2] in (["DATA"], ["XML"]):
        return f"LOAD {words[1]}"
    if words[0] in ("SELECT", "WITH", "TABLE", "("):
        for word, following in pairwise(words):
            if word == "INTO" and following in ("OUTFILE", "DUMPFILE"):
                return f"SELECT … INTO {following}"
    return ""


def _check_depth(sql: str, lexemes: list[Lexeme]) -> None:
    depth = 0
    for lexeme in lexemes:
        if lexeme.kind == "operator":
            depth += (lexeme.text == "(") - (lexeme.text == ")")
        if depth > MAX_DEPTH:
            raise lexer.syntax_error(sql, lexeme.start)


def _located(sql: str, shaped: Shaped, text: str, error: ParseError) -> SqlSyntaxError:
    """The place in the client's text of the token at which sqlglot stopped."""
    found = error.errors[0] if error.errors else {}
    line, column = found.get("line"), found.get("col")
    lines = text.split("\n")
    if not line or not column:
        return lexer.syntax_error(sql, len(sql))
    stop = sum(len(each) + 1 for each in lines[: line - 1]) + column - len(str(found.get("highlight") or ""))
    position = 0
    for lexeme in shaped.lexemes:
        position += len(lexer.plain(lexeme)) + 1
        if position > stop:
            return lexer.syntax_error(sql, lexeme.start)
    return lexer.syntax_error(sql, len(sql))


def _restore_names(tree: exp.Expr) -> None:
    """Take the mark of ``shape`` off again: functions keep their own nodes, other names are what they were."""
    for node in tree.walk():
        if isinstance(node, exp.Anonymous | exp.Identifier) and isinstance(node.this, str):
            name = node.this
            if name.startswith(PREFIX):
                name = name.removeprefix(PREFIX)
                node.set("this", name.upper() if isinstance(node, exp.Anonymous) else name)
