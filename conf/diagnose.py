"""The section ``[diagnose]``: what is watched, how advice is tried."""

from pydantic import Field

from conf.section import Section


class DiagnoseSettings(Section):
    verify: bool = True
    sample_rows: int = Field(20_000, ge=100, le=10_000_000)
    verify_s: float = Field(5.0, gt=0, le=3600)
    watch: bool = True
    digests: int = Field(2_000, ge=10, le=100_000)
    slow_s: float = Field(0.5, ge=0)
    background_share: float = Field(0.01, ge=0, le=1)
    viewers: tuple[str, ...] = ()
    coach: bool = True
