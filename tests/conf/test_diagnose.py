import pytest
from pydantic import ValidationError

from conf.diagnose import DiagnoseSettings


@pytest.mark.parametrize(
    ("key", "least", "most"),
    [("sample_rows", 100, 10_000_000), ("digests", 10, 100_000), ("background_share", 0, 1)],
)
def test_bounds(key: str, least: int, most: int) -> None:
    for allowed in (least, most):
        assert getattr(DiagnoseSettings.model_validate({key: allowed}), key) == allowed
    for wrong in (least - 1, most + 1):
        with pytest.raises(ValidationError, match=key):
            DiagnoseSettings.model_validate({key: wrong})


def test_times() -> None:
    assert DiagnoseSettings.model_validate({"slow_s": 0, "verify_s": 3600}).slow_s == 0
    for wrong in ({"slow_s": -1}, {"verify_s": 0}, {"verify_s": 3601}):
        with pytest.raises(ValidationError, match=next(iter(wrong))):
            DiagnoseSettings.model_validate(wrong)


def test_nobody_else_sees_the_workload_unless_told() -> None:
    assert DiagnoseSettings().viewers == ()
