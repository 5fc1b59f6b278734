"""Names of the sequences that count for AUTO_INCREMENT columns on DuckDB, which has no other way.

Each is new: DuckDB leaves a sequence behind when its table is dropped, and keeps its name when the table gets another.
A table that is made under the old name must not go on with those numbers.
"""

import re
import secrets

OWN = re.compile("auto_increment_[0-9a-f]{16}")


def new() -> str:
    """A name that no other sequence has."""
    return f"auto_increment_{secrets.token_hex(8)}"
