"""Chinese, in both scripts."""

from nl2sql.languages.language import FollowUpWords, Language

_UNITS = {
    "个季度": "quarter",
    "個季度": "quarter",
    "季度": "quarter",
    "季": "quarter",
    "个月": "month",
    "個月": "month",
    "月": "month",
    "周": "week",
    "週": "week",
    "个星期": "week",
    "個星期": "week",
    "星期": "week",
    "天": "day",
    "日": "day",
    "年": "year",
}
_NUMBERS = {
    "十二": "12",
    "一": "1",
    "两": "2",
    "兩": "2",
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
_MONTHS = {
    str(n): name
    for n, name in enumerate(
        "January February March April May June July August September October November December".split(), 1
    )
}
# Longer numbers first: 12 before 1.
_MONTHS = dict(sorted(_MONTHS.items(), key=lambda item: -len(item[0])))

CHINESE = Language(
    code="zh",
    name="Chinese",
    spaced=False,
    follows=FollowUpWords(
        opens=r"(?:那么|那麼|那|还有|還有|以及|但是|但|而|同样|同樣|一样|相同|其中|这些|這些|它们|它們|除了|不包括|不含|排除|去掉)",
        leans=r"(?:只看|只要|只|仅|僅|现在|現在|改成|改为|改為|改按|换成|換成|按|再|也|然后|另外)",
        refers=r"(?:其中|这些|這些|它们|它們|同样的|同樣的|而不是)|呢[？?。]*$",
        part=r"(?:(?:在|从|從|自)?\s*§(?:的|呢|吧|内|內|里)?|(?:按照|按|每)[^\W\d]{1,4}(?:呢|吧)?)",
        asks=r"(?:多少|几个|幾個|哪些|哪个|哪個|哪一|什么|什麼|谁|誰|何时|列出|显示|顯示|给我|給我|查询|查詢|统计|統計|计算|計算)",
    ),
    lists={"unit": _UNITS, "number": _NUMBERS, "month": _MONTHS},
    english=(
        (
            r"(?:在)?(?:过去|過去|最近|近|前)的?\s*(?P<n>\d{1,4}|{number})\s*(?P<unit>{unit})(?:内|內|里|裡|中)?",
            " in the last {n} {unit}s ",
        ),
        (r"上个?(?P<unit>季度|月|周|星期)|上個(?P<unit2>季度|月|週|星期)", " last {unit} "),
        (r"去年", " last year "),
        (r"昨天|昨日", " yesterday "),
        (r"今天|今日", " today "),
        (r"今年|本年度?", " this year "),
        (r"(?:这|這|本)个?個?(?P<unit>季度|月|周|週|星期)", " this {unit} "),
        (r"(?:不包括|不含|除)(?:本|当前|當前)(?P<unit>{unit})外?", " excluding the current {unit} "),
        (r"(?P<year>(?:19|20)\d\d)\s*年\s*(?P<month>{month})\s*月份?", " in {month} {year} "),
        (r"(?P<year>(?:19|20)\d\d)\s*年(?:第)?(?P<n>[1-4一二三四])季度", " in Q{n} {year} "),
        (r"(?P<n>(?:19|20)\d\d)\s*年", " in {n} "),
        (r"(?:按|每)一?个?個?(?P<unit>季度|月|周|週|星期|天|日|年)(?:份|度)?", " per {unit} "),
        (r"月度", " monthly "),
        (r"年度", " yearly "),
        (r"前\s*(?P<n>\d{1,3}|{number})\s*(?:名|个|個|位|大)?", " the top {n} "),
        (r"最(?P<kept>高|大|多|好|贵|貴)的\s*(?P<n>\d{1,3}|{number})\s*(?:名|个|個|位|种|種)", " the top {n} "),
        (r"多少|几个|幾個", " how many "),
        (r"的?(?:数量|數量)", " the number of "),
        (r"中位数|中位數", " median "),
        (r"平均", " average "),
        (r"百分比|百分之几|比率|率", " percentage "),
        (r"占比|比例|份额", " share of "),
        (r"周末|週末", " on weekends "),
        (r"工作日", " weekdays "),
        (r"多少天|多长时间|多久", " how many days "),
        (r"年龄|年齡|多少岁", " age "),
        (r"排名", " rank "),
    ),
)
