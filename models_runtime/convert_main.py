"""Run by ``convert.py`` in a process of its own: ``python -I -m models_runtime.convert_main GGUF FOLDER``.

Ends with 0, or with 3 and the reason as its last line of standard output.
"""

import json
import os
import shutil
import sys
from pathlib import Path

_SPARE = 100_000_000  # bytes: tokenizer, and something to live on


def main() -> None:
    os.environ["HF_HUB_OFFLINE"] = "1"
    source, folder = Path(sys.argv[1]), Path(sys.argv[2])
    try:
        _check_room(source, folder)
        _convert(source, folder)
    except Exception as error:
        print(f"{type(error).__name__}: {error}".splitlines()[0] if str(error) else type(error).__name__)
        sys.exit(3)


def _check_room(source: Path, folder: Path) -> None:
    from gguf import GGUFReader

    needed = sum(int(tensor.n_elements) for tensor in GGUFReader(source).tensors) * 2 + _SPARE
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise OSError(f"{folder.parent} has {free / 1e9:.1f} GB free; {needed / 1e9:.1f} GB are needed")


def _convert(source: Path, folder: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    tokenizer = AutoTokenizer.from_pretrained(source.parent, gguf_file=source.name)
    if not tokenizer.chat_template:
        raise ValueError("the file holds no chat template")
    model = AutoModelForCausalLM.from_pretrained(
        source.parent,
        gguf_file=source.name,
        quantization_config=GgufConfig(dequantize=True),
        dtype=torch.bfloat16,
        low_cpu_mem_usage=True,
    )
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    config = json.loads((folder / "config.json").read_text())
    if "quantization_config" in config:
        raise ValueError("the weights stayed packed")


if __name__ == "__main__":
    main()
