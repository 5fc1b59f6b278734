"""``SELECT … FROM ASK('q') AS t …``: the names that the statement around the question expects of the answer."""

from sqlglot import exp

from nl2sql.statements import fill_frame

__all__ = ["fill_frame", "name_outputs", "wanted_columns"]


def wanted_columns(frame: exp.Query) -> tuple[str, ...]:
    """The columns that ``frame`` takes from its ``ASK('q')``, in order; a bare column counts when ASK stands alone."""
    ask = next(t for t in frame.find_all(exp.Table) if isinstance(t.this, exp.Anonymous))
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
