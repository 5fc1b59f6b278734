"""What databases call a time zone that MySQL writes as an offset (``+02:00``): POSIX counts westwards."""

import re

_OFFSET = re.compile(r"([+-])(\d{2}):(\d{2})")
_WESTWARDS = {"+": "-", "-": "+"}
# Zones that have had no summer time for years.
_HALF_HOURS = {
    "+03:30": "Asia/Tehran",
    "+04:30": "Asia/Kabul",
    "+05:30": "Asia/Kolkata",
    "+05:45": "Asia/Kathmandu",
    "+06:30": "Asia/Yangon",
    "+08:45": "Australia/Eucla",
    "+09:30": "Australia/Darwin",
    "-09:30": "Pacific/Marquesas",
}


def postgresql_zone(zone: str) -> str:
    """PostgreSQL takes any offset, with a name before it."""
    offset = _OFFSET.fullmatch(zone)
    return f"<{zone}>{_WESTWARDS[offset[1]]}{offset[2]}:{offset[3]}" if offset else zone


def duckdb_zone(zone: str) -> str:
    """DuckDB knows zones by name only; an offset that no zone has stays as it is, which DuckDB refuses."""
    offset = _OFFSET.fullmatch(zone)
    if offset is None or offset[3] != "00":
        return _HALF_HOURS.get(zone, zone)
    return f"Etc/GMT{_WESTWARDS[offset[1]]}{int(offset[2])}"
