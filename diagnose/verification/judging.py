"""What two runs of a statement prove, with an index or a rewrite and without it.

Rows that the storage engine read are compared first, time second: a join buffer's comparisons cost time and no reads,
and rows that an index leads to cost more than those of a scan. How much more grows with the table, and no sample tells
it: with an index that leads to 4 % of lineitem TPC-H's Q12 takes MariaDB 0.4 of its time where the table has 9 MB, 0.3
with 90 MB, but 1.4 with 900 MB, and 3 where it does not fit into the buffer pool.
"""

from dataclasses import dataclass

from sqlglot import exp

from diagnose.advice.width import size_text
from diagnose.types import Trial, Verdict
from diagnose.verification.results import Difference, difference
from diagnose.wording import amount
from plugins import ResultSet

MAX_ROWS = 10_000  # of a result that is compared
FEW = 0.1  # an index that reads at most this part of the rows is worth it, if they are few of the table's
SOME = 1 / 3  # one that reads at most this part, and rows that are not in it, must take clearly less time too
FETCHED = 0.03  # of its table: rows that are not in the index cost little more in a large table than in a sample
DEARER = 0.2  # of the time at most, where more are fetched: they may cost five times as much there
HALF = 0.5  # one that reads more, half of the time; of the rows where the sample is a small part of the table
SMALL_PART = 0.2
CLEARLY = 2 / 3
LESS = 0.9  # a rewrite that reads at most this part is worth it
FEWEST = 100  # rows that a statement must read for a comparison to tell anything
WORTH_S = 0.002  # shorter than that, times tell nothing
LONG_S = 0.01  # shorter than that, time alone proves nothing
PAGE_BYTES = 16_384  # InnoDB's
ALONE = 4  # pages of a scan that one page costs which is read by itself: PostgreSQL's random_page_cost


@dataclass(frozen=True, slots=True)
class Measured:
    """One run: rows and index entries read, seconds, and the result; ``result`` is None when it took too long."""

    reads: int
    seconds: float
    result: ResultSet | None


@dataclass(frozen=True, slots=True)
class Sampled:
    """The table of an index: ``rows`` of it are in its sample, which is ``part`` of them all.

    ``unbuffered``: its bytes, where the server has no room to keep them in memory. ``fetched``: rows that the index
    leads to and that are not in it, as the plan estimates them. ``covered``: the table behind it is not read any more.
    """

    rows: int
    part: float = 1.0
    unbuffered: int = 0
    fetched: float = 0.0
    covered: bool = False

    @property
    def few(self) -> bool:
        """What is fetched is so little of the table that it costs little in a large one too."""
        return self.fetched <= FETCHED * self.rows


def judge_index(before: Measured, after: Measured, on: str, sampled: Sampled) -> Trial:
    """By the rows read, then by the time. A scan grows with the table, while the other tables are sampled for less."""
    if after.result is None:
        return untried(f"the statement did not end in time {on}")
    told = _told(before, after, on)
    gain = after.reads / before.reads if before.reads else 1.0
    if before.result is None:
        how = f"without it the statement did not end in {before.seconds:.1f} s; {told}"
        return Trial(Verdict.VERIFIED, how, after.seconds / before.seconds)
    if before.reads < FEWEST:
        return untried(f"the sample has too few rows for this statement: {told}")
    longer, measurable = _longer(before, after), before.seconds > WORTH_S
    less = _less(before, after, gain, sampled)
    if sampled.covered and gain <= 1.1:
        less |= measurable and after.seconds <= CLEARLY * before.seconds
        if not less and not longer:
            return untried(f"the index is read alone, which in memory makes no difference: {told}")
    if not less:
        return Trial(Verdict.REFUTED, told, gain)
    if ALONE * sampled.fetched / sampled.part > sampled.unbuffered / PAGE_BYTES > 0:
        size = size_text(sampled.unbuffered)
        return untried(f"in memory it helps, but the table's {size} are more than innodb_buffer_pool_size: {told}")
    return Trial(Verdict.VERIFIED, told, min(gain, after.seconds / before.seconds) if measurable else gain)


def _less(before: Measured, after: Measured, gain: float, sampled: Sampled) -> bool:
    """Whether it is less work by so much that it pays for an index."""
    measurable = before.seconds > WORTH_S
    far = after.seconds <= DEARER * before.seconds
    return (
        (gain <= FEW and (sampled.few or far or not measurable) and not _longer(before, after))
        or (gain <= 2 * FEW and not measurable)
        or (gain <= SOME and sampled.covered and not _longer(before, after))
        or (gain <= SOME and measurable and (far or (sampled.few and after.seconds <= CLEARLY * before.seconds)))
        or (gain <= HALF and sampled.few and sampled.part <= SMALL_PART and after.seconds <= before.seconds)
        or (SOME < gain <= 1.1 and before.seconds > LONG_S and after.seconds <= HALF * before.seconds)
    )


def rests_on_time(before: Measured, after: Measured, sampled: Sampled) -> bool:
    """Whether ``judge_index`` could have said something else with other times."""
    if before.result is None or after.result is None or not FEWEST <= before.reads >= after.reads / 1.1:
        return False
    return after.reads > FEW * before.reads or not sampled.few or _longer(before, after)


def judge_rewrite(query: exp.Query, before: Measured, after: Measured, on: str) -> Trial:
    """Equal results first; then it must read less, or take clearly less time."""
    if before.result is None or after.result is None:
        return untried(f"the statement did not end in time {on}")
    if before.result.truncated or after.result.truncated:
        return untried(f"more than {MAX_ROWS:,} rows came {on}, too many to compare")
    told = _told(before, after, on)
    gain = after.reads / before.reads if before.reads else 1.0
    found = difference(query, before.result, after.result)
    if found is Difference.TIES:
        return untried(f"which of equal rows LIMIT keeps is not determined {on}")
    if found is not Difference.NONE:
        return Trial(Verdict.REFUTED, f"the results differ {on}", gain)
    if not before.result.rows:
        return untried(f"the statement finds no rows {on}")
    longer = _longer(before, after, 10 * WORTH_S)
    faster = before.seconds > WORTH_S and after.seconds <= HALF * before.seconds
    if longer or (gain > 1.1 and not faster):
        return Trial(Verdict.REFUTED, f"equal results, but more work: {told}", gain)
    quicker = before.seconds > WORTH_S and after.seconds <= CLEARLY * before.seconds
    if gain > LESS and not quicker:
        return untried(f"equal results, and by itself no less work: {told}")
    return Trial(Verdict.VERIFIED, f"equal results, {told}", gain)


def untried(why: str) -> Trial:
    """Nothing is proved, for this reason."""
    return Trial(Verdict.UNTRIED, why)


def _longer(before: Measured, after: Measured, spare: float = WORTH_S) -> bool:
    """By more than what the machine's other work explains."""
    return after.seconds > max(1.5 * before.seconds, before.seconds + spare)


def _told(before: Measured, after: Measured, on: str) -> str:
    milliseconds, then = f"{before.seconds * 1000:.1f} ms", f"{after.seconds * 1000:.1f} ms"
    return f"rows read {amount(before.reads)} -> {amount(after.reads)}, time {milliseconds} -> {then} {on}"
