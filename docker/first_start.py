"""What compose.yaml's database needs before its first start: passwords that nobody thinks of, and the sample shop.

It runs once in a container of askwire's image. What is there already stays; the passwords last as long as the volume.
"""

import os
import secrets
import sys
from pathlib import Path

from proxy.upstreams.sample_shop import sample_shop_sql

ACCOUNT = "app"


def main(folder: Path) -> None:
    for name in ("root-password", f"{ACCOUNT}-password"):
        write(folder / name, secrets.token_urlsafe(24))
    write(folder / "shop.sql", f"{sample_shop_sql()}GRANT ALL ON shop.* TO {ACCOUNT}@'%';\n")


def write(path: Path, text: str) -> None:
    """A whole file, or none; readable by the other container, whose user has another number."""
    if path.exists():
        return
    unfinished = path.with_name(f".{path.name}")
    unfinished.write_text(text)
    unfinished.chmod(0o444)
    os.replace(unfinished, path)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
