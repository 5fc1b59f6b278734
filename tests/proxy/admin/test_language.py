import pytest

from proxy.admin.language import preferred


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "zh"),
        ("ja", "ja"),
        ("ja-JP,ja;q=0.9,en;q=0.8", "ja"),
        ("de-DE,de;q=0.9,en-US;q=0.8,ja;q=0.7", "en"),
        ("en;q=0.2, JA;q=0.5", "ja"),
        ("en;q=0", "zh"),
        ("en;q=much", "zh"),
        ("*", "zh"),
        (",;,=" * 1000, "zh"),
    ],
)
def test_what_the_browser_asks_for_else_what_the_settings_say(header: str, language: str) -> None:
    assert preferred(header, "zh") == language
