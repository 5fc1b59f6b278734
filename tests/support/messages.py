"""The texts of the code that people read, as templates: what the catalogs of ``plugins.words`` must have."""

import ast
import functools
import gc
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import TypeGuard

from plugins.errors import ErrorCode

ROOT = Path(__file__).parents[2]
PACKAGES = ("nl2sql", "knowledge", "diagnose", "models_runtime", "plugins", "proxy")
# What is called, and which of its arguments (by place or name) are texts.
CALLS: Mapping[str, tuple[int | str, ...]] = {
    "AskwireError": (1, 2, "advice"),
    "Note": (0,),
    "Rejected": (0,),
    "syntax_error": (0,),
    "_syntax": (0,),
    "error": (0,),
    "read_name": (2,),
    "note": (0,),
    "Finding": (2, 3, 4),
    "Trial": (1,),
    "FollowUp": (2,),
    "Rewrite": (1,),
    "Bare": (1,),
    "Unused": (3, 5),
    "Unsafe": (0,),
    "Unsampled": (0,),
    "NothingToPlan": (0,),
    "Option": (0, 2),
    "say": (0,),
    "translated": (0,),
    "HTTPException": (1,),
    "_too_many": (0,),
    "_too_large": (0,),
    # What hands a text of its caller's on.
    "_every_row": (3,),
    "_refused": (0,),
    "refused": (0,),
    "require": (1,),
    "_uses": (3,),
    "_finding": (4,),
    "untried": (0,),
    "unavailable": (0,),
    # What ``Reader`` looks for: it stands in messages.
    "name": (0,),
    "string": (0,),
    "number": (0,),
    "rest": (0,),
}
SPOKEN_CALLS = {"append": (0,), "text": (0,)}
# Of them, those that make what a client is told.
MAKERS = ("AskwireError", "HTTPException", "Note", "Rejected", "Finding", "Unsafe")
# Where every function that returns text returns some for people.
SPOKEN = (
    "diagnose/coaching/",
    "diagnose/rules/",
    "diagnose/verification/",
    "diagnose/wording.py",
    "plugins/readonly.py",
    "nl2sql/guard.py",
    "diagnose/evidence/gather.py",
    "diagnose/report.py",
    "diagnose/explain.py",
    "diagnose/evidence/planned.py",
    "diagnose/advice/price.py",
    "diagnose/advice/rewrites_ranges.py",
    "diagnose/advice/rewrites_subqueries.py",
    "diagnose/workload/choosing.py",
    "diagnose/workload/indexes.py",
    "nl2sql/mend.py",
    "nl2sql/verified.py",
    "proxy/admin/ready.py",
)
# Programs look for these labels, so they are the same in every language.
LEAST = 3  # letters between two holes; a template with fewer would be found in everything
LABELS = ("SQL: {sql}", "Confidence: {confidence}")
# SQL and patterns.
_NO_TEXT = re.compile(
    r"[|\\^\n]|WHERE T|FROM pg_| ORDER BY \{|ANY_VALUE\(\{|^(SELECT|CREATE INDEX ON|.*FORMAT=JSON) [{(]"
)
_SAID = re.compile(r"""(?<![.\w])(?:t|sentence)\(("(?:[^"\\]|\\.)*")""")
_Function = ast.FunctionDef | ast.AsyncFunctionDef
_READ = (ast.Assign, ast.Call, ast.Return)  # the nodes that are looked at
MOST = 24  # templates that the alternatives of one text make


def templates() -> set[str]:
    """Every text; ``{name}`` stands for what is put in."""
    found = {code.advice for code in ErrorCode}
    for name, module in _modules().items():
        found |= set(_in_module(module, spoken=name.startswith(SPOKEN)))
    return {text for text in found if _is_text(text) and text not in LABELS}


def console_texts() -> set[str]:
    """What the page of the admin endpoint says: the first argument of its ``t`` and ``sentence``."""
    scripts = (ROOT / "proxy/admin/console").rglob("*.js")
    return {json.loads(text) for script in scripts for text in _SAID.findall(script.read_text())}


class _Module:
    """What stands in one file. Walking a tree is what takes long: each is walked once."""

    def __init__(self, tree: ast.Module) -> None:
        self.functions: dict[_Function, list[ast.AST]] = {}  # with what is looked at in them
        self._walk(tree, ())
        self.constants = {**_imported(tree), **_assigned(tree.body), **_made(self.functions)}

    def _walk(self, node: ast.AST, around: Sequence[list[ast.AST]]) -> None:
        if isinstance(node, _Function):
            around = (*around, self.functions.setdefault(node, []))
        elif isinstance(node, _READ):
            for inside in around:
                inside.append(node)
        for child in ast.iter_child_nodes(node):
            self._walk(child, around)


@functools.cache
def _modules() -> dict[str, _Module]:
    """By their files' names."""
    paths = (path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py")))
    gc.disable()  # all trees are kept: to look for garbage among them takes longer than to read them
    try:
        return {path.relative_to(ROOT).as_posix(): _Module(_parsed(path)) for path in paths}
    finally:
        gc.enable()


@functools.cache
def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def _in_module(module: _Module, *, spoken: bool) -> Iterator[str]:
    """``spoken``: what its functions return is for people too."""
    for nodes in module.functions.values():
        local = _assigned(nodes)
        names = {**module.constants, **local}
        calls = {**CALLS, **SPOKEN_CALLS} if spoken else CALLS
        texts = [text for node in nodes if isinstance(node, ast.Call) for text in _texts(node, calls)]
        texts += [text for node in nodes if spoken and isinstance(node, ast.Return) for text in _returned(node.value)]
        texts += [value for values in local.values() for value in values] if spoken else []
        for text in texts:
            yield from _expanded(text, names)
    for values in module.constants.values() if spoken else ():
        yield from (text for value in values for text in _expanded(value, {}))


def unread() -> Iterator[tuple[str, str]]:
    """(module, expression) of messages that ``templates`` cannot see: neither a text nor one that a caller hands on."""
    calls = {name: places for name, places in CALLS.items() if name in MAKERS}
    for name, module in _modules().items():
        for function, nodes in module.functions.items():
            known = {**module.constants, **_assigned(nodes)}
            for text in (text for node in nodes if isinstance(node, ast.Call) for text in _texts(node, calls)):
                if not _expanded(text, known) and not _is_handed_on(text, function):
                    yield name, ast.unparse(text)


def _is_handed_on(text: ast.expr, function: _Function) -> bool:
    """A parameter of one of ``CALLS``, or another message."""
    if isinstance(text, ast.Name):
        return function.name in CALLS and any(text.id == argument.arg for argument in function.args.args)
    return isinstance(text, ast.Attribute) and text.attr == "message"


def _is_call(node: ast.expr) -> TypeGuard[ast.Call]:
    """Of a function of the module, or of a method of the same object."""
    return isinstance(node, ast.Call) and bool(_called(node))


def _called(call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name) and call.func.value.id == "self":
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _made(functions: Mapping[_Function, Sequence[ast.AST]]) -> dict[str, list[ast.expr]]:
    """What each function of a module returns, as ``name()``."""
    return {
        f"{function.name}()": [e for node in nodes if isinstance(node, ast.Return) for e in _returned(node.value)]
        for function, nodes in functions.items()
    }


def _returned(value: ast.expr | None) -> list[ast.expr]:
    if isinstance(value, ast.IfExp):
        return [*_returned(value.body), *_returned(value.orelse)]
    return value.elts if isinstance(value, ast.List | ast.Tuple) else [value] if value is not None else []


def _texts(call: ast.Call, calls: Mapping[str, tuple[int | str, ...]]) -> Iterator[ast.expr]:
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    for which in calls.get(name, ()):
        if isinstance(which, int) and which < len(call.args):
            yield call.args[which]
        yield from (keyword.value for keyword in call.keywords if keyword.arg == which)


def _imported(tree: ast.Module) -> dict[str, list[ast.expr]]:
    """The constants that a module takes from others of ours."""
    found: dict[str, list[ast.expr]] = {}
    for node in tree.body:
        path = ROOT / f"{(getattr(node, 'module', None) or '').replace('.', '/')}.py"
        if isinstance(node, ast.ImportFrom) and path.is_file():
            theirs = _constants(path)
            found |= {name.asname or name.name: theirs[name.name] for name in node.names if name.name in theirs}
    return found


@functools.cache
def _constants(path: Path) -> dict[str, list[ast.expr]]:
    return {name: values for name, values in _assigned(_parsed(path).body).items() if name.isupper()}


def _assigned(nodes: Sequence[ast.AST]) -> dict[str, list[ast.expr]]:
    found: dict[str, list[ast.expr]] = {}
    for node in nodes:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    found.setdefault(target.id, []).append(node.value)
    return found


def _expanded(node: ast.expr, names: dict[str, list[ast.expr]]) -> list[str]:
    """The templates that an expression can make; none where it is no text of the code."""
    if isinstance(node, ast.Constant):
        return [node.value.replace("{", "{{").replace("}", "}}")] if isinstance(node.value, str) else []
    if isinstance(node, ast.IfExp):
        return [*_expanded(node.body, names), *_expanded(node.orelse, names)]
    if isinstance(node, ast.Subscript):  # the beginning of one
        return _expanded(node.value, names)
    if isinstance(node, ast.BoolOp | ast.Dict):
        return [text for value in node.values for text in _expanded(value, names)]
    if isinstance(node, ast.List):
        return [text for value in node.elts for text in _expanded(value, names)]
    if isinstance(node, ast.Name) or _is_call(node):
        known = node.id if isinstance(node, ast.Name) else f"{_called(node)}()"
        rest = {name: values for name, values in names.items() if name != known}
        return [text for value in names.get(known, ()) for text in _expanded(value, rest)]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _joined([_part(node.left, names), _part(node.right, names)])
    if isinstance(node, ast.JoinedStr):
        return _joined([_part(value, names) for value in node.values])
    return []


def _part(node: ast.expr, names: dict[str, list[ast.expr]]) -> list[str]:
    if isinstance(node, ast.FormattedValue):
        if isinstance(node.value, ast.IfExp) and (texts := _expanded(node.value, names)):
            return texts
        return [f"{{{_name(node.value)}}}"]
    return _expanded(node, names) or [f"{{{_name(node)}}}"]


def _joined(parts: list[list[str]]) -> list[str]:
    made = ["".join(chosen) for chosen in product(*parts)]
    return list(dict.fromkeys(_numbered(text) for text in made))[:MOST]


def _name(node: ast.expr) -> str:
    """The last word of an expression: ``{session.database!r}`` is ``{database}``."""
    while True:
        if isinstance(node, ast.Attribute):
            return node.attr
        if isinstance(node, ast.Name):
            return node.id
        if isinstance(node, ast.Call):
            node = node.args[0] if node.args else node.func
        elif isinstance(node, ast.Subscript | ast.Await | ast.Starred):
            node = node.value
        elif isinstance(node, ast.BinOp):
            node = node.left
        elif isinstance(node, ast.GeneratorExp):
            node = node.elt
        else:
            return "value"


def _numbered(text: str) -> str:
    """With a number behind a placeholder's name that comes again."""
    seen: dict[str, int] = {}

    def once(found: re.Match[str]) -> str:
        name = found[1]
        seen[name] = seen.get(name, 0) + 1
        return f"{{{name}{seen[name] if seen[name] > 1 else ''}}}"

    return re.sub(r"(?<!\{)\{(\w+?)\d*\}(?!\})", once, text)


def _is_text(text: str) -> bool:
    """Words with blanks between them, more than what is put in; neither SQL nor a pattern."""
    longest = max(len(re.findall(r"[A-Za-z]", piece)) for piece in re.split(r"\{\w+\}", text))
    if " " not in text.strip() or longest < LEAST or not re.search(r"[a-z]{2}", text):
        return False
    return _NO_TEXT.search(text) is None
