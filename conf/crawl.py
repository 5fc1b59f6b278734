"""The section ``[crawl]``: how far LOAD KNOWLEDGE of an address that ends in a slash goes."""

from pydantic import Field

from conf.section import Section


class CrawlSettings(Section):
    max_pages: int = Field(200, ge=1, le=100_000)
    max_depth: int = Field(5, ge=0, le=100)
    max_bytes: int = Field(50_000_000, ge=1)
    max_s: float = Field(3_600.0, gt=0)
    pause_s: float = Field(0.5, ge=0)
