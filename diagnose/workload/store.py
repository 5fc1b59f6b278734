"""Digests and diagnoses in the data folder's file ``diagnose.sqlite``, shared by all gateway processes.

A row belongs to the user that sent the statement: nobody else's statements or values are shown to anybody who is not
listed in ``diagnose.viewers``.
"""

import json
import math
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from diagnose.workload.digest import Digest
from knowledge.database import Database, Repository
from knowledge.migrations import Steps

FILE_NAME = "diagnose.sqlite"
STEPS: Steps = (
    (
        """CREATE TABLE digests (
          id INTEGER PRIMARY KEY AUTOINCREMENT, upstream TEXT NOT NULL, user TEXT NOT NULL, database TEXT NOT NULL,
          digest TEXT NOT NULL, text TEXT NOT NULL, count INTEGER NOT NULL, seconds REAL NOT NULL,
          rows INTEGER NOT NULL, errors INTEGER NOT NULL,
          worst_seconds REAL NOT NULL, worst_text TEXT NOT NULL, last_seen REAL NOT NULL,
          UNIQUE (upstream, user, database, digest))""",
        # How often it took between GROWTH ** bucket and GROWTH ** (bucket + 1) microseconds.
        """CREATE TABLE times (digest INTEGER NOT NULL REFERENCES digests ON DELETE CASCADE, bucket INTEGER NOT NULL,
          count INTEGER NOT NULL, PRIMARY KEY (digest, bucket)) WITHOUT ROWID""",
        """CREATE TABLE diagnoses (
          digest INTEGER PRIMARY KEY REFERENCES digests ON DELETE CASCADE, account TEXT NOT NULL, at REAL NOT NULL,
          sql TEXT NOT NULL, findings TEXT NOT NULL)""",
    ),
)
# Buckets of durations: p95 is right to this factor.
GROWTH = 1.1


@dataclass(slots=True)
class Seen:
    """What was seen of one digest since it was last written. ``times``: durations by ``bucket``."""

    text: str
    count: int = 0
    seconds: float = 0.0
    rows: int = 0
    errors: int = 0
    worst_seconds: float = -1.0
    worst_text: str = ""
    last_seen: float = 0.0
    times: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Key:
    """Whose digest it is. ``user``: the name of the log-in."""

    upstream: str
    user: str
    database: str
    digest: str


@dataclass(frozen=True, slots=True)
class Slow:
    """A digest as SHOW AI SLOW shows it; times in seconds."""

    id: int
    user: str
    database: str
    digest: Digest
    count: int
    seconds: float
    p95: float
    rows: int
    errors: int
    worst_seconds: float
    worst_text: str
    findings: str  # codes, as the last diagnosis found them


@dataclass(frozen=True, slots=True)
class Diagnosed:
    """What the background diagnosis found about a digest; ``findings`` as FORMAT=JSON has them. ``at``: Unix time."""

    user: str
    database: str
    digest: Digest
    at: float
    sql: str
    findings: Sequence[Mapping[str, object]]


def bucket(seconds: float) -> int:
    """The bucket of a duration."""
    return math.floor(math.log(max(seconds * 1e6, 1.0), GROWTH))


def quantile(times: Mapping[int, int], share: float) -> float:
    """The duration below which ``share`` of the times lie, in seconds: the end of its bucket."""
    wanted, passed = share * sum(times.values()), 0
    for number, count in sorted(times.items()):
        passed += count
        if passed >= wanted:
            return float(GROWTH ** (number + 1)) / 1e6
    return 0.0


class Workload(Repository):
    """Every method raises KNOWLEDGE_UNAVAILABLE when the file fails. ``kept``: digests of one user."""

    def __init__(self, database: Database, kept: int) -> None:
        super().__init__(database)
        self._kept = kept

    async def add(self, seen: Mapping[Key, Seen]) -> None:
        """Add what was seen to what is known."""
        await self._write(lambda c: self._add(c, seen))

    def _add(self, c: sqlite3.Connection, seen: Mapping[Key, Seen]) -> None:
        for key, new in seen.items():
            row = c.execute(_ADD, (*_of(key), new.text, new.count, new.seconds, new.rows, new.errors,
                                   new.worst_seconds, new.worst_text, new.last_seen)).fetchone()  # fmt: skip
            c.executemany(
                "INSERT INTO times VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count",
                [(row[0], number, count) for number, count in new.times.items()],
            )
        for upstream, user in {(key.upstream, key.user) for key in seen}:
            c.execute(_FORGET, {"upstream": upstream, "user": user, "kept": self._kept})

    async def slow(self, upstream: str, user: str | None, limit: int) -> list[Slow]:
        """The digests that took most in all, of one user or of all, the most first."""
        return await self._read(lambda c: _slow(c, upstream, user, limit))

    async def diagnosed_since(self, key: Key, since: float) -> bool:
        """Whether there is a diagnosis of it that is not older."""
        return await self._read(lambda c: c.execute(_DIAGNOSED, (*_of(key), since)).fetchone() is not None)

    async def diagnosed(self, key: Key, account: str, at: float, sql: str, findings: Sequence[object]) -> None:
        """Keep a diagnosis in place of the one before; nothing where the digest has been forgotten."""
        values = (account, at, sql, json.dumps(findings, ensure_ascii=False), *_of(key))
        await self._write(lambda c: c.execute(_KEEP, values))

    async def diagnoses(self, upstream: str, user: str | None, limit: int) -> list[Diagnosed]:
        """The last ones, of one user or of all, the latest first."""
        rows = await self._read(
            lambda c: c.execute(_LATEST, {"upstream": upstream, "user": user, "n": limit}).fetchall()
        )
        return [Diagnosed(user, database, Digest(key, text), at, sql, json.loads(findings))
                for user, database, key, text, at, sql, findings in rows]  # fmt: skip


def _of(key: Key) -> tuple[str, str, str, str]:
    return key.upstream, key.user, key.database, key.digest


def _slow(c: sqlite3.Connection, upstream: str, user: str | None, limit: int) -> list[Slow]:
    rows: Iterable[tuple[int, str, str, str, str, int, float, int, int, float, str, str | None]] = c.execute(
        _SLOW, {"upstream": upstream, "user": user, "n": limit}
    ).fetchall()
    found = []
    for id_, user_, database, key, text, count, seconds, sent, errors, worst, worst_text, findings in rows:
        times = dict(c.execute("SELECT bucket, count FROM times WHERE digest = ?", (id_,)).fetchall())
        codes = ", ".join(dict.fromkeys(str(f["code"]) for f in json.loads(findings or "[]")))
        p95 = min(quantile(times, 0.95), worst)
        found.append(
            Slow(id_, user_, database, Digest(key, text), count, seconds, p95, sent, errors, worst, worst_text, codes)
        )
    return found


_ADD = """INSERT INTO digests (upstream, user, database, digest, text, count, seconds, rows, errors, worst_seconds,
  worst_text, last_seen) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (upstream, user, database, digest) DO UPDATE SET count = count + excluded.count,
  seconds = seconds + excluded.seconds, rows = rows + excluded.rows, errors = errors + excluded.errors,
  worst_text = CASE WHEN excluded.worst_seconds >= worst_seconds THEN excluded.worst_text ELSE worst_text END,
  worst_seconds = max(worst_seconds, excluded.worst_seconds), last_seen = max(last_seen, excluded.last_seen)
RETURNING id"""
_FORGET = """DELETE FROM digests WHERE id IN (SELECT id FROM digests WHERE upstream = :upstream AND user = :user
  ORDER BY seconds DESC, last_seen DESC LIMIT -1 OFFSET :kept)"""
_SLOW = """SELECT digests.id, user, database, digests.digest, text, count, seconds, rows, errors, worst_seconds,
  worst_text, findings FROM digests LEFT JOIN diagnoses ON diagnoses.digest = digests.id
  WHERE upstream = :upstream AND (:user IS NULL OR user = :user) ORDER BY seconds DESC, digests.id LIMIT :n"""
_WHICH = "SELECT id FROM digests WHERE upstream = ? AND user = ? AND database = ? AND digest = ?"
_DIAGNOSED = f"SELECT 1 FROM diagnoses WHERE digest = ({_WHICH}) AND at >= ?"
_KEEP = f"""INSERT OR REPLACE INTO diagnoses (account, at, sql, findings, digest)
  SELECT ?, ?, ?, ?, id FROM ({_WHICH})"""
_LATEST = """SELECT user, database, digests.digest, text, at, sql, findings FROM diagnoses
  JOIN digests ON digests.id = diagnoses.digest WHERE upstream = :upstream AND (:user IS NULL OR user = :user)
  ORDER BY at DESC LIMIT :n"""
