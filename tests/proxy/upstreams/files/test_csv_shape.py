import io

import pytest

from proxy.upstreams.files.csv_shape import Shape, find_fault, find_shape


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("a,b\n1,2\n", Shape(",")),
        ("a;b\n1,5;2,5\n", Shape(";")),
        ("a\tb\n1,5\t2;5\n", Shape("\t")),
        ("a|b\n1|2\n", Shape("|")),
        ('a,b\n"1;2;3","x;y;z"\n', Shape(",")),
        ("Report\nof May\n\na,b\n1,2\n", Shape(",", 3, 2)),
        ("\n\na,b\n1,2\n", Shape(",", 2, 0)),
        ('"two\nlines"\na,b\n1,2\n', Shape(",", 2, 1)),
        ("one\n1\n2\n", Shape(",")),
        ("", Shape(",")),
        ("a,b\n1,2\n3,4,5\n", Shape(",")),
    ],
)
def test_shapes(text: str, shape: Shape) -> None:
    assert find_shape(io.StringIO(text)) == shape


def test_a_delimiter_that_is_known_stays() -> None:
    assert find_shape(io.StringIO("a,b,c\n1,2,3\n"), "\t") == Shape("\t")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a,b\n1,2\n", ""),
        ("a,b\n1,2\n\n3,4\n", ""),
        ("a,b\n1,2\n3\n", "line 3 has 1 fields where the first has 2"),
        ('a,b\n"x\ny",2\n3,4,5\n', "line 4 has 3 fields where the first has 2"),
        ('a,b\n1,"x\n2,3\n', "line 2: a quote is not closed"),
        ('a,b\n1,"x"y\n', "line 2: "),
    ],
)
def test_faults_name_the_line(text: str, fault: str) -> None:
    found = find_fault(io.StringIO(text), Shape(","))
    assert found.startswith(fault)
    assert bool(found) == bool(fault)


def test_a_preamble_is_no_fault() -> None:
    assert find_fault(io.StringIO("Report\n\na,b\n1,2\n"), Shape(",", 2, 1)) == ""
