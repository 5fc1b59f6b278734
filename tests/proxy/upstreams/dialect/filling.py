"""What every template of a target must be."""

import re

import sqlglot
from sqlglot import exp

from proxy.upstreams.dialect.functions import SIGNATURES
from proxy.upstreams.dialect.templates import fill


def check_template(key: str, template: str, target: str) -> None:
    """It is the target's SQL, and has no hole without an argument."""
    text = template.replace("%d", "3").replace("%%", "%")
    holes = [int(each) for each in re.findall(r"\b_([0-9])\b", text)]
    written = fill(text, target, [exp.column(f"c{n}") for n in range(max(holes, default=2))]).sql(target)
    assert not re.search(r"\b_[0-9]", written)
    assert sqlglot.parse_one(written, read=target)
    name = re.split("[:/]", key)[0]
    if name in SIGNATURES and not SIGNATURES[name].repeats:
        assert max(holes, default=0) <= len(SIGNATURES[name].parameters)
