import re

import pytest

from nl2sql.languages.chinese import CHINESE
from nl2sql.languages.pivot import in_english


@pytest.mark.parametrize(
    ("question", "english"),
    [
        ("过去30天的订单", "in the last 30 days 的订单"),
        ("最近三个月每月的收入", "in the last 3 months per month 的收入"),
        ("过去两周的订单和過去兩週的訂單", "in the last 2 weeks 的订单和 in the last 2 weeks 的訂單"),
        ("2025年12月的订单", "in December 2025 的订单"),
        ("2025年第3季度", "in Q3 2025"),
        ("2024年", "in 2024"),
        ("上个月和去年", "last month 和 last year"),
        ("今天、昨天、今年、本季度", "today 、 yesterday 、 this year 、 this quarter"),
        ("不包括本月", "excluding the current month"),
        ("前5名客户", "the top 5 客户"),
        ("最贵的三种产品", "the top 3 产品"),
        ("多少客户", "how many 客户"),
        ("平均年龄", "average age"),
        ("周末的占比", "on weekends 的 share of"),
        ("月度、年度", "monthly 、 yearly"),
    ],
)
def test_time_groups_numbers_and_order_in_english(question: str, english: str) -> None:
    assert in_english(question, CHINESE) == english


@pytest.mark.parametrize(
    ("sign", "question", "found"),
    [
        ("opens", "那去年呢", True),
        ("opens", "去年的那个", False),
        ("leans", "只看北京", True),
        ("leans", "北京只看", False),
        ("refers", "北京呢？", True),
        ("refers", "北京", False),
        ("asks", "有多少客户", True),
        ("asks", "客户", False),
    ],
)
def test_signs_of_a_question_that_goes_on(sign: str, question: str, found: bool) -> None:
    pattern = re.compile(getattr(CHINESE.follows, sign), re.IGNORECASE)
    search = pattern.match if sign in ("opens", "leans") else pattern.search
    assert (search(question) is not None) == found
