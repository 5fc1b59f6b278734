"""Reads docker/Dockerfile and .dockerignore as far as the tests need: stages, instructions, the context's files."""

import json
import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = ROOT / "docker" / "Dockerfile"


@dataclass
class Stage:
    """``base``: another stage's name, or an image. ``instructions``: (word, the rest), in order."""

    base: str
    instructions: list[tuple[str, str]] = field(default_factory=list)


def stages() -> dict[str, Stage]:
    """The stages by name, in order."""
    lines = [line for line in DOCKERFILE.read_text().splitlines() if not line.lstrip().startswith("#")]
    found: dict[str, Stage] = {}
    for line in re.sub(r"\\\n", " ", "\n".join(lines)).splitlines():
        word, _, rest = line.strip().partition(" ")
        if word == "FROM":
            base, _, name = rest.partition(" AS ")
            current = found[name] = Stage(base)
        elif word and found:
            current.instructions.append((word, rest.strip()))
    return found


def inherited(name: str) -> list[tuple[str, str]]:
    """The instructions of a stage and of those that it stands on."""
    all_of_them = stages()
    stage = all_of_them[name]
    below = inherited(stage.base) if stage.base in all_of_them else []
    return [*below, *stage.instructions]


def last(name: str, word: str) -> str:
    """What the image of a stage says last with ``word``."""
    return [rest for each, rest in inherited(name) if each == word][-1]


def words(name: str, word: str) -> list[str]:
    """The same of an instruction in JSON's form, its options left out."""
    return list(map(str, json.loads(re.sub(r"^.*?\[", "[", last(name, word), count=1))))


def environment(name: str) -> dict[str, str]:
    """The image's ENV; ``$PATH`` stays as it is written."""
    parts = [part for each, rest in inherited(name) if each == "ENV" for part in shlex.split(rest)]
    return dict(part.split("=", 1) for part in parts)


def copy_context(target: Path) -> None:
    """What `COPY . /src` brings of a clean checkout: the files that git has and .dockerignore lets through."""
    rules = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    assert rules[0] == "*"
    let_in = tuple(rule[1:] for rule in rules if rule.startswith("!"))
    for name in tracked():
        if name in let_in or name.startswith(tuple(f"{one}/" for one in let_in)):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, target / name)


def tracked() -> list[str]:
    """The files that git has."""
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]
