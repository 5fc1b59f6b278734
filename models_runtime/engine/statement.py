"""Holds the names of a SELECT statement to those of a catalog, while it is being written.

At each byte it knows what may come: a table after FROM and JOIN, after ``alias.`` a column of its table, in an
expression a column, label, alias, keyword or function. Once FROM was read in a query, only columns of tables that the
statement mentions are left, so a statement that begins with FROM profits most. What cannot be told (the columns of a
derived table) is let pass: the answer is checked afterwards all the same.
"""

import copy
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from models_runtime.engine import sqlwords
from models_runtime.engine.levels import Expect, Level
from models_runtime.engine.lexer import Lexer, Misfit
from models_runtime.engine.names import Catalog, FewWords, Words
from models_runtime.engine.scope import Group, Scope

_FENCE = re.compile(rb"\A\s*```\w*\n")
_EXPRESSION = Words(sqlwords.EXPRESSION)
_FUNCTIONS = Words(sqlwords.FUNCTIONS)
_QUERY = Words(["select", "with", "from", "values", "lateral"])
_SETS = frozenset(["union", "except", "intersect", "minus"])
_CLAUSES = frozenset(["where", "group", "having", "order", "limit", "window", "for"])

_WORD_FIRST = sqlwords.UNIT_FIRST | {"over", "as", "index", "key"}  # parentheses that begin with no operand


@dataclass(slots=True)
class Statement(Lexer):
    """The text so far. ``fits`` asks whether it may go on with some bytes, ``take`` goes on."""

    scope: Scope = field(default_factory=lambda: Scope(Catalog({})))
    expect: Expect = Expect.QUERY
    levels: tuple[Level, ...] = (Level(),)
    previous: str = ""  # the word right before, with nothing but space after it
    table: str = ""  # mentioned last; empty for a derived one

    def begin(self, text: str) -> None:
        """Take the beginning of the answer that was given, with a code fence before it or without."""
        self.take(_FENCE.sub(b"", text.encode()))

    def fits(self, data: bytes) -> bool:
        trial = copy.copy(self)
        try:
            trial.feed(data)
        except Misfit:
            return False
        return not trial._wrong_alias()

    def take(self, data: bytes) -> None:
        """Where the text does not fit, nothing is checked from there on."""
        try:
            self.feed(data)
        except Misfit:
            self.expect, self.inside, self.word = Expect.ANYTHING, "", ""

    def _wrong_alias(self) -> bool:
        """Whether a table is getting an alias that was used with columns of another; the word could only grow odd."""
        is_alias = self._level.clause == "from" and self.expect in (Expect.LABEL, Expect.KEYWORD)
        return is_alias and not self.scope.may_call(self.word, self.table)

    def may_end(self) -> bool:
        """Whether a whole statement stands there: no parenthesis open, no name missing or begun."""
        trial = copy.copy(self)
        try:
            trial.feed(b" ")
            trial._end()
        except Misfit:
            return False
        return True

    def _end(self) -> None:
        if self.expect is not Expect.ANYTHING:
            _need(self.expect is Expect.KEYWORD and len(self.levels) == 1)
            self._leave_from()

    @property
    def _level(self) -> Level:
        return self.levels[-1]

    def _set_level(self, **changes: Any) -> None:
        self.levels = (*self.levels[:-1], replace(self._level, **changes))

    def _before_from(self, levels: Iterable[Level]) -> bool:
        return any(level.selected and not level.from_seen for level in levels)

    def _leave_from(self) -> None:
        """The FROM clause is over: what was used before it must have got its table."""
        if self._level.from_seen and not self._before_from(self.levels):
            _need(not self.scope.used)

    def on_beginning(self, quoted: bool) -> None:
        scope, scoped = self.scope, self._level.scoped
        allowed: list[Group]
        match self.expect:
            case Expect.TABLE:
                allowed = [*scope.after_from(), *(() if quoted else (_QUERY,))]
            case Expect.COLUMN:
                allowed = scope.members(self.previous, scoped) or [FewWords([self.word])]
            case Expect.OPERAND:
                keywords = () if quoted else (_EXPRESSION, _FUNCTIONS)
                allowed = [*scope.columns(scoped), *scope.qualifiers(scoped), *keywords]
            case _:
                return
        likely = self.expect is Expect.OPERAND and self._may_qualify(self.word)
        _need(likely or any(words.has_beginning(self.word) for words in allowed))

    def _may_qualify(self, word: str) -> bool:
        """Whether a table could be called so that is not known yet."""
        return self._before_from(self.levels) and self.scope.may_be_alias(word)

    def on_word(self, word: str, after: str, quoted: bool) -> None:
        if quoted and not word:  # "``": the fence after the statement
            self._end()
            self.expect = Expect.ANYTHING
        match self.expect:
            case Expect.QUERY:
                self._query(word)
            case Expect.TABLE if not quoted and word in _QUERY:
                self._query(word)
            case Expect.TABLE:
                _need(_has(self.scope.after_from(), word) and after != ".")
                self.scope = self.scope.with_table(word)
                self.table = word
                self.expect = Expect.KEYWORD
            case Expect.COLUMN:
                self._member(word)
            case Expect.LABEL:
                self._name(word)
            case Expect.KEYWORD if quoted or word not in sqlwords.AFTER_OPERAND:
                self._name(word)
            case Expect.KEYWORD:
                self._keyword(word)
            case Expect.OPERAND:
                self._operand(word, after, quoted)
            case _:
                pass
        self.previous = word

    def _query(self, word: str) -> None:
        match word:
            case "select":
                self._set_level(clause="select", selected=True)
                self.expect = Expect.OPERAND
            case "from":
                self._from()
            case "with":
                self._set_level(clause="with")
                self.expect = Expect.LABEL
            case "lateral" | "all" | "distinct":
                pass
            case _:  # no query, but perhaps a refusal in words
                self.expect = Expect.ANYTHING

    def _from(self) -> None:
        if self._level.function in sqlwords.FROM_INSIDE:
            self.expect = Expect.OPERAND
        else:
            self._set_level(clause="from", from_seen=True)
            self.expect = Expect.TABLE

    def _member(self, word: str) -> None:
        scoped = self._level.scoped
        members = self.scope.members(self.previous, scoped)
        _need(not members or _has(members, word))
        if not (scoped and self.previous in self.scope.aliases):
            self.scope = self.scope.with_use(self.previous, word)
        self.expect = Expect.KEYWORD

    def _name(self, word: str) -> None:
        """An alias or label is given."""
        clause = self._level.clause
        if clause == "with" and word == "recursive":
            return
        if clause == "with":
            self.scope = self.scope.with_alias(word, "")
        elif clause == "from":
            _need(self.scope.may_call(word, self.table))
            self.scope = self.scope.with_alias(word, self.table)
        elif clause in ("select", "labels"):
            self.scope = self.scope.with_label(word)
        self.expect = Expect.KEYWORD

    def _keyword(self, word: str) -> None:
        """A word after an operand."""
        if word in _CLAUSES or word in _SETS:
            self._leave_from()
        if word in _CLAUSES:
            self._set_level(clause="window" if word == "window" else "other")
        if word in ("from", "select"):
            self._query(word)
        elif word in ("join", "straight_join"):
            self._set_level(clause="from")
            self.expect = Expect.TABLE
        elif word in _SETS:
            self._set_level(clause="", selected=False, from_seen=False)
            self.expect = Expect.QUERY
        elif word == "as" and self._level.clause in ("select", "from"):
            self.expect = Expect.LABEL
        elif word in sqlwords.BEFORE_OPERAND:
            self.expect = Expect.OPERAND

    def _operand(self, word: str, after: str, quoted: bool) -> None:
        scope, scoped = self.scope, self._level.scoped
        may_qualify = _has(scope.qualifiers(scoped), word) or self._may_qualify(word)
        if quoted:
            _need(may_qualify or _has(scope.columns(scoped), word))
            self.expect = Expect.KEYWORD
        elif after == ".":
            _need(may_qualify)
            self.expect = Expect.KEYWORD
        elif word in ("select", "from", "with"):
            self._query(word)
        elif word in sqlwords.EXPRESSION:
            self.expect = Expect.KEYWORD if word in sqlwords.OPERANDS else Expect.OPERAND
        elif after != "(":
            _need(_has(scope.columns(scoped), word))
            self.expect = Expect.KEYWORD
        else:
            _need(word in sqlwords.FUNCTIONS)

    def on_literal(self) -> None:
        _need(self.expect not in (Expect.TABLE, Expect.COLUMN))
        self.previous = ""
        if self.expect in (Expect.OPERAND, Expect.LABEL):
            self.expect = Expect.KEYWORD

    def on_sign(self, sign: str) -> None:
        if self.expect is Expect.ANYTHING:
            return
        if sign == "(":
            self._open()
        elif sign == ")":
            self._close()
        elif sign == "." and self.expect is Expect.KEYWORD and self.previous:
            self.expect = Expect.COLUMN
            return
        elif sign == ";":
            self._end()
            self.expect = Expect.ANYTHING
        elif sign == "*" and self.expect in (Expect.OPERAND, Expect.COLUMN):
            self.expect = Expect.KEYWORD
        else:
            _need(self.expect not in (Expect.TABLE, Expect.COLUMN, Expect.LABEL))
            after = {"from": Expect.TABLE, "with": Expect.LABEL, "labels": Expect.LABEL} if sign == "," else {}
            self.expect = after.get(self._level.clause, Expect.OPERAND)
        self.previous = ""

    def _close(self) -> None:
        _need(len(self.levels) > 1 and self.expect not in (Expect.TABLE, Expect.COLUMN, Expect.LABEL))
        self._leave_from()
        self.levels = self.levels[:-1]
        self.table = ""
        self.expect = Expect.KEYWORD

    def _open(self) -> None:
        _need(self.expect not in (Expect.COLUMN, Expect.LABEL))
        level, function = self._level, self.previous
        inner = Level(function=function, inherited=level.scoped and self.expect is not Expect.TABLE)
        if level.clause == "with" and function == "as":
            self.expect = Expect.QUERY
        elif level.clause == "with":
            inner, self.expect = Level(clause="labels"), Expect.LABEL
        elif self.expect in (Expect.KEYWORD, Expect.OPERAND):
            self.expect = Expect.KEYWORD if function in _WORD_FIRST else Expect.OPERAND
        self.levels = (*self.levels, inner)


def _has(groups: Iterable[Group], word: str) -> bool:
    return any(word in group for group in groups)


def _need(condition: bool) -> None:
    if not condition:
        raise Misfit
