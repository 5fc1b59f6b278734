"""DATE_FORMAT's and STR_TO_DATE's patterns."""

import pytest

from proxy.upstreams.dialect import Untranslatable
from tests.proxy.upstreams.dialect.conftest import EMBEDDED, Translate, Value


@EMBEDDED
@pytest.mark.parametrize(
    ("call", "text"),
    [
        ("DATE_FORMAT('2009-10-04 22:23:00', '%W %M %Y')", "Sunday October 2009"),
        ("DATE_FORMAT('1900-10-04 22:23:00', '%D %y %a %d %m %b %j')", "4th 00 Thu 04 10 Oct 277"),
        ("DATE_FORMAT('1997-10-04 22:23:00', '%H %k %I %r %T %S %w')", "22 22 10 10:23:00 PM 22:23:00 00 6"),
        ("DATE_FORMAT('2024-01-01 00:30:00.000001', '%l %h %p %f')", "12 12 AM 000001"),
        ("DATE_FORMAT('1999-01-01', '%x %v')", "1998 53"),
        ("DATE_FORMAT('1999-01-01', '%u %U')", "00 00"),
        ("DATE_FORMAT('0999-01-01', '%Y')", "0999"),
        ("DATE_FORMAT('2006-06-01', '%d%%')", "01%"),
        ("DATE_FORMAT('2006-06-01', 'day \"%e\" of %c')", 'day "1" of 6'),
        ("DATE_FORMAT('2006-06-01', '%q\\\\')", "q\\"),
        ("DATE_FORMAT('2024-01-11', '%D')", "11th"),
        ("DATE_FORMAT('2024-01-21', '%D')", "21st"),
        ("DATE_FORMAT('2024-01-22', '%D')", "22nd"),
        ("DATE_FORMAT('2024-01-03', '%D')", "3rd"),
        ("DATE_FORMAT('x', '%Y')", None),
        ("DATE_FORMAT(NULL, '%Y')", None),
        ("TIME_FORMAT('10:05:03', '%H %k %h %i %s')", "10 10 10 05 03"),
        ("STR_TO_DATE('01,5,2013', '%d,%m,%Y')", "2013-05-01"),
        ("STR_TO_DATE('May 1 2013', '%M %e %Y')", "2013-05-01"),
        ("STR_TO_DATE('09:30:17', '%h:%i:%s')", "09:30:17"),
        ("STR_TO_DATE('2013-05-01 10:11:12', '%Y-%m-%d %T')", "2013-05-01 10:11:12"),
        ("STR_TO_DATE('abc', '%Y')", None),
        ("STR_TO_DATE('2013-13-01', '%Y-%m-%d')", None),
    ],
)
def test_formats(value: Value, target: str, call: str, text: str | None) -> None:
    assert value(target, call) == text


def test_what_stands_between_is_quoted_on_postgresql(to: Translate) -> None:
    sql = to("postgres", """SELECT DATE_FORMAT(seen, 'MI "%Y" %%') FROM people""")
    assert """TO_CHAR("seen", '"MI \\""YYYY"\\" ""%"')""" in sql


@pytest.mark.parametrize("target", ["postgres", "duckdb"])
@pytest.mark.parametrize(
    ("call", "construct"),
    [
        ("DATE_FORMAT(seen, name)", "a date format that is not a literal"),
        ("DATE_FORMAT(seen, '%X')", "%X in a date format"),
        ("DATE_FORMAT(seen, '%V')", "%V in a date format"),
        ("STR_TO_DATE(name, '%Y %u')", "%u in STR_TO_DATE"),
        ("STR_TO_DATE(name, name)", "a date format that is not a literal"),
    ],
)
def test_what_is_refused(to: Translate, target: str, call: str, construct: str) -> None:
    with pytest.raises(Untranslatable, match=construct):
        to(target, f"SELECT {call} FROM people")
