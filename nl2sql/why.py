"""ASK WHY: what a statement does, step by step in words. Made from the tree alone: it says nothing untrue."""

from dataclasses import dataclass

from sqlglot import exp

from nl2sql.catalog import Catalog
from nl2sql.languages.wording import Wording

_ENGLISH = Wording()


def explain_steps(tree: exp.Query, catalog: Catalog, words: Wording = _ENGLISH) -> list[str]:
    """One sentence a step, in the order in which a reader understands them; ``words`` are those of a language."""
    explainer = _Explainer(catalog, words)
    steps: list[str] = []
    with_ = tree.args.get("with_")
    for cte in with_.expressions if with_ is not None else ():
        steps += [
            words.prepare.format(name=cte.alias, step=f"{step[0].lower()}{step[1:]}")
            for step in explainer.query(cte.this)
        ]
    return steps + explainer.query(tree)


@dataclass(frozen=True, slots=True)
class _Explainer:
    catalog: Catalog
    words: Wording

    def query(self, tree: exp.Expr) -> list[str]:
        words, tree = self.words, tree.unnest()
        if isinstance(tree, exp.SetOperation):
            kept = "" if tree.args.get("distinct") else words.kept
            verb = {"Union": words.union, "Except": words.except_, "Intersect": words.intersect}[type(tree).__name__]
            both = [*self.query(tree.left), *self.query(tree.right)]
            return [*both, verb.format(kept=kept), *self._order_and_limit(tree)]
        if not isinstance(tree, exp.Select):
            return [words.take.format(what=_sql(tree))]
        steps = self._sources(tree)
        if (where := tree.args.get("where")) is not None:
            steps += [words.where.format(condition=_sql(part)) for part in _conjuncts(where.this)]
        if (group := tree.args.get("group")) is not None:
            steps.append(words.group.format(columns=_list(group.expressions)))
        if (having := tree.args.get("having")) is not None:
            steps.append(words.having.format(condition=_sql(having.this)))
        give = words.give_once if tree.args.get("distinct") else words.give
        steps.append(give.format(columns=", ".join(self._output(o) for o in tree.selects)))
        return steps + self._order_and_limit(tree)

    def _sources(self, tree: exp.Select) -> list[str]:
        from_ = tree.args.get("from_")
        if from_ is None:
            return []
        words = self.words
        steps = [words.read.format(source=self._source(from_.this))]
        for join in tree.args.get("joins") or ():
            on, using = join.args.get("on"), join.args.get("using")
            rule = words.using.format(columns=_list(using)) if using else ""
            rule = words.on.format(condition=_sql(on)) if on is not None else rule
            unmatched = words.unmatched if join.side else ""
            steps.append(words.join.format(source=self._source(join.this), rule=rule, unmatched=unmatched))
        return steps

    def _source(self, node: exp.Expr) -> str:
        words = self.words
        if isinstance(node, exp.Subquery):
            return words.itself.format(name=node.alias or words.a_result, steps=" ".join(self.query(node.this)))
        table = self.catalog.table(node.name)
        plain = not node.alias or node.alias == node.name
        name = node.name if plain else words.called.format(name=node.name, alias=node.alias)
        return f"{name}, {table.comment}" if table is not None and table.comment else name

    def _order_and_limit(self, tree: exp.Query) -> list[str]:
        words, steps = self.words, []
        if (order := tree.args.get("order")) is not None:
            keys = [words.highest if o.args.get("desc") else "{key}" for o in order.expressions]
            said = [key.format(key=_sql(o.this)) for key, o in zip(keys, order.expressions, strict=True)]
            steps.append(words.sort.format(keys=", ".join(said)))
        if (limit := tree.args.get("limit")) is not None:
            steps.append(words.limit.format(count=_sql(limit.expression or limit)))
        return steps

    def _output(self, node: exp.Expr) -> str:
        if node.is_star:
            return self.words.everything
        if isinstance(node, exp.Alias):
            return self.words.alias.format(what=_sql(node.this), alias=node.alias)
        return _sql(node)


def _conjuncts(condition: exp.Expr) -> list[exp.Expr]:
    return list(condition.flatten()) if isinstance(condition, exp.And) else [condition]


def _list(nodes: list[exp.Expr]) -> str:
    return ", ".join(_sql(node) for node in nodes)


def _sql(node: exp.Expr) -> str:
    text: str = node.sql(dialect="mysql", comments=False)
    return text
