"""MySQL's LIKE as a regular expression that no pattern makes slow.

https://dev.mysql.com/doc/refman/8.4/en/string-comparison-functions.html#operator_like
"""

import re

_PART = re.compile(r"\\.|%++|.", re.DOTALL)


def like_pattern(pattern: str) -> str:
    """For ``re.fullmatch`` with DOTALL; a backslash escapes.

    What stands between two ``%`` may be taken where it is found first, for good: hence the atomic groups. Without them
    ``%a%a%a%a%b`` takes time to the power of its ``%``, and Python's ``re`` stops every session meanwhile.
    """
    pieces = [""]
    for part in _PART.findall(pattern):
        if part[0] == "%":
            pieces.append("")
        else:
            pieces[-1] += "." if part == "_" else re.escape(part[-1])
    first, *rest = pieces
    if not rest:
        return first
    middle = "".join(f"(?>.*?{piece})" for piece in rest[:-1])
    return f"{first}{middle}.*{rest[-1]}"
