import pytest
from pydantic import ValidationError

from conf.crawl import CrawlSettings


@pytest.mark.parametrize(
    ("key", "least", "most"),
    [("max_pages", 1, 100_000), ("max_depth", 0, 100), ("max_bytes", 1, None), ("pause_s", 0, None)],
)
def test_every_crawl_has_an_end(key: str, least: int, most: int | None) -> None:
    assert getattr(CrawlSettings.model_validate({key: least}), key) == least
    for wrong in (least - 1, *(() if most is None else (most + 1,))):
        with pytest.raises(ValidationError, match=key):
            CrawlSettings.model_validate({key: wrong})


def test_no_time_is_no_limit_that_can_be_set() -> None:
    for wrong in (0, -1, "nan"):
        with pytest.raises(ValidationError, match="max_s"):
            CrawlSettings.model_validate({"max_s": wrong})
