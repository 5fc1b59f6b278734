import string
from dataclasses import fields

import pytest

from nl2sql.languages.detect import LANGUAGES
from nl2sql.languages.language import FollowUpWords, Language
from nl2sql.languages.wording import Wording, wording_of

OTHERS = [language for language in LANGUAGES if language.code != "en"]


def named(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.code)
def test_every_wording_says_everything(language: Language) -> None:
    for field in fields(Wording):
        assert named(getattr(wording_of(language), field.name)) == named(getattr(Wording(), field.name)), field.name


@pytest.mark.parametrize("language", OTHERS, ids=lambda language: language.code)
def test_every_sentence_is_in_the_language_itself(language: Language) -> None:
    wording = wording_of(language)
    same = {field.name for field in fields(Wording) if getattr(wording, field.name) == getattr(Wording(), field.name)}
    assert same == set()


def test_another_language_is_answered_in_english() -> None:
    unknown = Language("xx", "Unknown", FollowUpWords("", "", "", "", ""))
    assert wording_of(unknown) == Wording()
