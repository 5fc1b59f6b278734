"""What only the CREATE statement of a table or view tells, as the database keeps it."""

from collections.abc import Iterator
from itertools import pairwise

import sqlglot
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import Token, TokenType


def view_query(sql: str, dialect: str) -> str:
    """What a view selects, without CREATE VIEW … AS where the text has it; as it is where it cannot be read."""
    tokens = _tokens(sql, dialect)
    is_whole = bool(tokens) and tokens[0].token_type == TokenType.CREATE
    at = next((token.end + 1 for token in tokens if is_whole and token.token_type == TokenType.ALIAS), 0)
    return sql[at:].strip("; \n")


def generated_columns(sql: str, dialect: str) -> frozenset[str]:
    """The columns of a table with GENERATED ALWAYS AS."""
    return frozenset(item[0].text for item in _items(sql, dialect) if _is_generated(item))


def _is_generated(item: list[Token]) -> bool:
    words = [token.text.upper() if token.token_type == TokenType.VAR else "" for token in item]
    return ("GENERATED", "ALWAYS") in pairwise(words)


def _items(sql: str, dialect: str) -> Iterator[list[Token]]:
    """What stands between the commas of CREATE TABLE (…), without what is in parentheses of its own."""
    depth, item = 0, list[Token]()
    for token in _tokens(sql, dialect):
        depth -= token.token_type == TokenType.R_PAREN
        if item and (depth == 0 or (depth == 1 and token.token_type == TokenType.COMMA)):
            yield item
            item = []
        elif depth == 1 and token.token_type not in (TokenType.R_PAREN, TokenType.L_PAREN):
            item.append(token)
        depth += token.token_type == TokenType.L_PAREN


def _tokens(sql: str, dialect: str) -> list[Token]:
    try:
        return list(sqlglot.tokenize(sql, read=dialect))
    except SqlglotError:
        return []
