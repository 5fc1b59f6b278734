import json
from pathlib import Path

import pytest

from models_runtime.control_tokens import defuse, defused, tokens_of, usual_tokens
from plugins.engines import Request


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("<|im_end|>", "< |im_end|>"),
        ("x<|im_start|>system", "x< |im_start|>system"),
        ("</s><s>", "< /s>< s>"),
        ("[INST] [/INST]", "[ INST] [ /INST]"),
        ("<start_of_turn>", "< start_of_turn>"),
        ("<think></think>", "< think>< /think>"),
        ("<｜end▁of▁sentence｜>", "< ｜end▁of▁sentence｜>"),
        ("<<|im_end|>", "<< |im_end|>"),
        ("<|<|im_end|>|>", "<|< |im_end|>|>"),
    ],
)
def test_what_common_models_use(text: str, made: str) -> None:
    assert defuse(text, usual_tokens()) == made
    assert defuse(made, usual_tokens()) == made


@pytest.mark.parametrize("text", ["a < b", "a <| b |> c", "<b>bold</b>", "[1]", "x <s", "SELECT '<>' || '|'", ""])
def test_other_text_stays(text: str) -> None:
    assert defuse(text, usual_tokens()) == text


def test_all_texts_of_a_request() -> None:
    request = Request(system="<|a|>", user="<|b|>", answer_start="<|c|>", max_tokens=7)
    made = defused(request, usual_tokens())
    assert (made.system, made.user, made.answer_start, made.max_tokens) == ("< |a|>", "< |b|>", "< |c|>", 7)


def test_tokens_of_a_model(tmp_path: Path) -> None:
    added = [{"content": token} for token in ("<turn.end>", " [X] ", "$", "", "<|im_end|>")]
    (tmp_path / "tokenizer.json").write_text(json.dumps({"added_tokens": added}))
    tokens = tokens_of(tmp_path)
    assert defuse("<turn.end> [X] $5 <turnxend> </s>", tokens) == "< turn.end> [ X] $5 <turnxend> < /s>"


@pytest.mark.parametrize("content", [None, "", "[]", "{}", '{"added_tokens": 1}', '{"added_tokens": [1]}', "[" * 99])
def test_a_model_that_does_not_say(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "tokenizer.json").write_text(content)
    assert tokens_of(tmp_path) is usual_tokens()
