"""Japanese."""

from nl2sql.languages.language import FollowUpWords, Language

_UNITS = {
    "四半期": "quarter",
    "か月": "month",
    "ヶ月": "month",
    "カ月": "month",
    "ケ月": "month",
    "箇月": "month",
    "月": "month",
    "週間": "week",
    "週": "week",
    "日間": "day",
    "日": "day",
    "年間": "year",
    "年": "year",
}
_NUMBERS = {
    "十二": "12",
    "一": "1",
    "二": "2",
    "三": "3",
    "四": "4",
    "五": "5",
    "六": "6",
    "七": "7",
    "八": "8",
    "九": "9",
    "十": "10",
}
_NAMES = "January February March April May June July August September October November December"
_MONTHS = {str(number): name for number, name in enumerate(_NAMES.split(), 1)}

# In Han signs alone, and not Chinese.
_HAN_WORDS = """
売上 合計 顧客 月別 年別 地域別 商品別 週別 日別 先月 先週 来月 今月 今週 昨年 一覧 四半期 件数
人数 毎月 受注 注文 順位 総額 単価
"""

JAPANESE = Language(
    code="ja",
    name="Japanese",
    no_rows="該当する行はありません。",
    answer_in="日本語で答えてください。",
    spaced=False,
    plain=frozenset({"では", "じゃあ", "それでは", "は", "の", "で", "に"}),
    follows=FollowUpWords(
        opens=r"(?:では|じゃあ|それでは|それで|それと|それを|それら|そのうち|その中|そして|しかし|また|同じ|同様|これら|ただし|あと)",
        leans=r"(?:今度は|次に|さらに|もっと|代わりに)",
        refers=r"(?:代わりに|その代わり|そのうち|それらの|だけ(?:で|に|を|にして)?|のみ|に変えて|を除いて|を除く|抜きで)[。？?]*$"
        r"|(?:代わりに|そのうち|それらの)|^[^、。]{1,10}(?:は|では)[？?]*$",
        part=r"(?:§(?:に|で|の|は|だけ|のみ)?|[^\W\d]{1,5}(?:別|ごと|毎|順)(?:に|で)?)",
        asks=r"(?:何人|何件|何個|いくつ|いくら|どの|どれ|どこ|誰|何|いつ|教えて|表示して|見せて|一覧|リスト|ください)",
    ),
    function_words=frozenset(_HAN_WORDS.split()),
    lists={"unit": _UNITS, "number": _NUMBERS, "month": _MONTHS},
    english=(
        (
            r"(?:過去|直近|最近|ここ)の?\s*(?P<n>\d{1,4}|{number})\s*(?P<unit>{unit})(?:間)?(?:の|に|で)?",
            " in the last {n} {unit}s ",
        ),
        (r"先々月", " 2 months ago "),
        (r"先月", " last month "),
        (r"先週", " last week "),
        (r"昨年|去年", " last year "),
        (r"前四半期", " last quarter "),
        (r"昨日", " yesterday "),
        (r"今日|本日", " today "),
        (r"(?:今|当)(?P<unit>{unit})を除(?:く|いて)", " excluding the current {unit} "),
        (r"今年|本年", " this year "),
        (r"今月|当月", " this month "),
        (r"今週", " this week "),
        (r"今四半期", " this quarter "),
        (r"(?P<year>(?:19|20)\d\d)\s*年\s*(?P<month>{month})\s*月", " in {month} {year} "),
        (r"(?P<year>(?:19|20)\d\d)\s*年(?:の)?第(?P<n>[1-4一二三四])四半期", " in Q{n} {year} "),
        (r"(?P<n>(?:19|20)\d\d)\s*年", " in {n} "),
        (r"(?P<unit>四半期|月|週|日|年)(?:別|ごと|毎)(?:の|に)?", " per {unit} "),
        (r"毎(?P<unit>月|週|日|年)(?:の)?", " per {unit} "),
        (r"月次", " monthly "),
        (r"年次", " yearly "),
        (r"(?:上位|トップ)\s*(?P<n>\d{1,3}|{number})\s*(?:名|件|個|位|つ|社)?", " the top {n} "),
        (r"(?:何人|何件|何個|いくつ)", " how many "),
        (r"の?(?:件数|人数|数)(?=は|を|$|？|\?)", " the number of "),
        (r"中央値", " median "),
        (r"平均", " average "),
        (r"パーセント|百分率|率", " percentage "),
        (r"割合|比率|構成比", " share of "),
        (r"週末", " on weekends "),
        (r"平日|営業日", " weekdays "),
        (r"何日", " how many days "),
        (r"年齢|何歳", " age "),
        (r"順位|ランキング", " rank "),
    ),
)
