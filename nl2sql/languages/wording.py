"""ASK WHY in each language: the sentences that explain a statement."""

from dataclasses import dataclass

from nl2sql.languages.language import Language


@dataclass(frozen=True, slots=True)
class Wording:
    """Templates; the names in braces are SQL or sentences made of the other templates."""

    prepare: str = "Prepare {name}: {step}"
    union: str = "Put together these results{kept}."
    except_: str = "Take away from the first these results{kept}."
    intersect: str = "Keep what is in both of these results{kept}."
    kept: str = ", keeping repetitions"
    take: str = "Take {what}."
    where: str = "Keep only the rows where {condition}."
    group: str = "Put rows with the same {columns} into one group."
    having: str = "Keep only the groups where {condition}."
    give: str = "Return {columns}."
    give_once: str = "Return without repetitions {columns}."
    read: str = "Read {source}."
    join: str = "Join {source}{rule}{unmatched}."
    on: str = " where {condition}"
    using: str = " on the same {columns}"
    unmatched: str = ", keeping rows without a match"
    itself: str = "{name} (itself: {steps})"
    a_result: str = "a result"
    called: str = "{name} (called {alias})"
    sort: str = "Sort by {keys}."
    highest: str = "{key} from the highest"
    limit: str = "Return at most {count} rows."
    everything: str = "all columns"
    alias: str = "{what} as {alias}"
    as_sql: str = "As SQL: {sql}"


_GERMAN = Wording(
    prepare="Bereite {name} vor: {step}",
    union="Füge diese Ergebnisse zusammen{kept}.",
    except_="Nimm diese Ergebnisse vom ersten weg{kept}.",
    intersect="Behalte, was in beiden Ergebnissen vorkommt{kept}.",
    kept=", Wiederholungen bleiben",
    take="Nimm {what}.",
    where="Behalte nur die Zeilen mit {condition}.",
    group="Fasse Zeilen mit gleichem {columns} zu einer Gruppe zusammen.",
    having="Behalte nur die Gruppen mit {condition}.",
    give="Gib {columns} zurück.",
    give_once="Gib {columns} ohne Wiederholungen zurück.",
    read="Lies {source}.",
    join="Verbinde mit {source}{rule}{unmatched}.",
    on=", wo {condition}",
    using=" über gleiches {columns}",
    unmatched=", Zeilen ohne Gegenstück bleiben",
    itself="{name} (selbst: {steps})",
    a_result="ein Ergebnis",
    called="{name} (genannt {alias})",
    sort="Sortiere nach {keys}.",
    highest="{key} vom höchsten an",
    limit="Gib höchstens {count} Zeilen zurück.",
    everything="alle Spalten",
    alias="{what} als {alias}",
    as_sql="Als SQL: {sql}",
)
_SPANISH = Wording(
    prepare="Preparar {name}: {step}",
    union="Juntar estos resultados{kept}.",
    except_="Quitar del primero estos resultados{kept}.",
    intersect="Conservar lo que está en ambos resultados{kept}.",
    kept=", con repeticiones",
    take="Tomar {what}.",
    where="Conservar solo las filas donde {condition}.",
    group="Reunir en un grupo las filas con el mismo {columns}.",
    having="Conservar solo los grupos donde {condition}.",
    give="Devolver {columns}.",
    give_once="Devolver sin repeticiones {columns}.",
    read="Leer {source}.",
    join="Unir {source}{rule}{unmatched}.",
    on=" donde {condition}",
    using=" por el mismo {columns}",
    unmatched=", conservando las filas sin pareja",
    itself="{name} (a su vez: {steps})",
    a_result="un resultado",
    called="{name} (llamada {alias})",
    sort="Ordenar por {keys}.",
    highest="{key} de mayor a menor",
    limit="Devolver como máximo {count} filas.",
    everything="todas las columnas",
    alias="{what} como {alias}",
    as_sql="En SQL: {sql}",
)
_CHINESE = Wording(
    prepare="准备 {name}：{step}",
    union="合并这些结果{kept}。",
    except_="从第一个结果中去掉第二个结果{kept}。",
    intersect="保留两个结果中都有的行{kept}。",
    kept="，保留重复行",
    take="取 {what}。",
    where="只保留满足 {condition} 的行。",
    group="把 {columns} 相同的行归为一组。",
    having="只保留满足 {condition} 的组。",
    give="返回 {columns}。",
    give_once="去除重复后返回 {columns}。",
    read="读取 {source}。",
    join="连接 {source}{rule}{unmatched}。",
    on="，条件是 {condition}",
    using="，按相同的 {columns}",
    unmatched="，保留没有匹配的行",
    itself="{name}（其本身：{steps}）",
    a_result="一个结果",
    called="{name}（称为 {alias}）",
    sort="按 {keys} 排序。",
    highest="{key} 从高到低",
    limit="最多返回 {count} 行。",
    everything="所有列",
    alias="{what} 作为 {alias}",
    as_sql="SQL：{sql}",
)
_JAPANESE = Wording(
    prepare="{name} を用意する：{step}",
    union="これらの結果をまとめる{kept}。",
    except_="最初の結果から二番目の結果を除く{kept}。",
    intersect="両方の結果にあるものだけを残す{kept}。",
    kept="（重複も残す）",
    take="{what} を取る。",
    where="{condition} を満たす行だけを残す。",
    group="{columns} が同じ行を一つのグループにまとめる。",
    having="{condition} を満たすグループだけを残す。",
    give="{columns} を返す。",
    give_once="重複を除いて {columns} を返す。",
    read="{source} を読む。",
    join="{source} を結合する{rule}{unmatched}。",
    on="（条件：{condition}）",
    using="（{columns} が同じもの）",
    unmatched="（対応のない行も残す）",
    itself="{name}（その内容：{steps}）",
    a_result="ある結果",
    called="{name}（別名 {alias}）",
    sort="{keys} で並べ替える。",
    highest="{key}（大きい順）",
    limit="最大 {count} 行を返す。",
    everything="すべての列",
    alias="{what}（{alias} として）",
    as_sql="SQL：{sql}",
)
_ENGLISH = Wording()
_WORDINGS = {"de": _GERMAN, "es": _SPANISH, "zh": _CHINESE, "ja": _JAPANESE}


def wording_of(language: Language) -> Wording:
    """The language's sentences; English where there are none."""
    return _WORDINGS.get(language.code, _ENGLISH)
