"""``SELECT … FROM ASK('q') AS t …``: its grammar, and the names that it expects of the answer."""

from sqlglot import exp

from nl2sql.statements import AskStatement, Mode, parse_sql
from plugins.grammar import syntax_error

FORM = "SELECT … FROM ASK('question') AS t …"


def accepts_compose(text: str) -> bool:
    """``ASK('q')`` stands where a table stands; as a value it would be a stored function, which is legal SQL."""
    tree = parse_sql(text)
    return isinstance(tree, exp.Query) and bool(_ask_tables(tree))


def parse_compose(text: str) -> AskStatement:
    """``SELECT … FROM ASK('q') AS t …``. Raises SYNTAX."""
    tree = parse_sql(text)
    tables = _ask_tables(tree) if tree is not None else []
    if not isinstance(tree, exp.Query) or len(tables) != 1:
        raise syntax_error("a statement holds one ASK('question') among its tables", FORM)
    arguments = tables[0].this.expressions
    if len(arguments) != 1 or not isinstance(arguments[0], exp.Literal) or not arguments[0].is_string:
        raise syntax_error("ASK takes one string", FORM)
    if not tables[0].alias:
        raise syntax_error("ASK('question') needs a name", FORM)
    question = arguments[0].name.strip()
    if not question:
        raise syntax_error("the question is empty", FORM)
    return AskStatement(question, Mode.ROWS, frame=tree)


def fill_frame(frame: exp.Query, answer: exp.Query) -> exp.Query:
    """A copy of ``frame`` with its ``ASK('q')`` replaced by ``answer`` as a derived table."""
    whole = frame.copy()
    table = _ask_tables(whole)[0]
    alias = table.args["alias"].copy()
    joins = table.args.get("joins")
    table.replace(exp.Subquery(this=answer.copy(), alias=alias, joins=joins))
    return whole


def wanted_columns(frame: exp.Query) -> tuple[str, ...]:
    """The columns that ``frame`` takes from its ``ASK('q')``, in order; a bare column counts when ASK stands alone."""
    ask = _ask_tables(frame)[0]
    alone = sum(1 for _ in frame.find_all(exp.Table)) == 1
    holder = ask.find_ancestor(exp.Select)
    aliases = {s.alias.casefold() for s in holder.selects if isinstance(s, exp.Alias)} if holder else set()
    wanted: dict[str, str] = {}
    for column in frame.find_all(exp.Column):
        if isinstance(column.this, exp.Star):
            continue
        bare = not column.table and alone and column.name.casefold() not in aliases
        if column.table.casefold() == ask.alias.casefold() or bare:
            wanted.setdefault(column.name.casefold(), column.name)
    return tuple(wanted.values())


def name_outputs(answer: exp.Query, wanted: tuple[str, ...]) -> list[str]:
    """Give the answer's columns the wanted names where only one fits, in place; returns the names still missing."""
    select: exp.Expr = answer
    while isinstance(select, exp.SetOperation):
        select = select.left.unnest()
    if not isinstance(select, exp.Select):
        return list(wanted)
    taken = {name.casefold() for name in wanted}
    missing = []
    for name in wanted:
        outputs = select.selects
        if any(o.alias_or_name.casefold() == name.casefold() or o.is_star for o in outputs):
            continue
        free = [at for at, o in enumerate(outputs) if o.alias_or_name.casefold() not in taken]
        fits = [at for at in free if _alike(outputs[at].alias_or_name, name)]
        if len(fits) != 1:
            missing.append(name)
            continue
        old = outputs[fits[0]]
        new = exp.alias_(old.unalias().copy(), name)
        _follow_alias(select, old, name)
        old.replace(new)
    return missing


def _ask_tables(tree: exp.Expr) -> list[exp.Table]:
    return [
        table
        for table in tree.find_all(exp.Table)
        if isinstance(call := table.this, exp.Anonymous)
        and isinstance(call.this, str)
        and call.this.upper() == "ASK"
        and not table.db
    ]


def _alike(output: str, name: str) -> bool:
    a, b = (n.replace("_", "").casefold() for n in (output, name))
    return bool(a and b) and (a in b or b in a)


def _follow_alias(select: exp.Select, old: exp.Expr, name: str) -> None:
    """ORDER BY, GROUP BY and HAVING that used the old alias use the new one."""
    if not isinstance(old, exp.Alias):
        return
    for key in ("order", "group", "having"):
        part = select.args.get(key)
        for column in list(part.find_all(exp.Column)) if part is not None else []:
            if not column.table and column.name.casefold() == old.alias.casefold():
                column.set("this", exp.to_identifier(name))
