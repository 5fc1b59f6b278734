"""Writes tiny models with random weights into a folder, in the formats that people's own models have:

``e5`` is an embedder with prompts for queries and passages, like the multilingual E5; ``judge`` a cross-encoder;
``classes`` a cross-encoder that tells three classes, which is no reranker. Run as a program: torch stays out of the
test's process.
"""

import sys
from pathlib import Path

import torch
from sentence_transformers import CrossEncoder, SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertForSequenceClassification, BertModel, PreTrainedTokenizerFast

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
LETTERS = [chr(c) for c in range(33, 127)] + list("äöüßéабвгдежзийклмн")
CONFIG = dict(hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32)  # noqa: C408


def tokenizer() -> PreTrainedTokenizerFast:
    vocabulary = {token: i for i, token in enumerate([*SPECIAL, *LETTERS, *(f"##{letter}" for letter in LETTERS)])}
    made = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    made.normalizer = normalizers.NFC()
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", vocabulary["[CLS]"]), ("[SEP]", vocabulary["[SEP]"])],
    )
    names = dict(zip(("pad_token", "unk_token", "cls_token", "sep_token", "mask_token"), SPECIAL, strict=True))
    return PreTrainedTokenizerFast(tokenizer_object=made, model_max_length=64, **names)


def save(folder: Path, model: BertModel | BertForSequenceClassification) -> str:
    model.save_pretrained(folder)
    tokenizer().save_pretrained(folder)
    return str(folder)


def main(folder: Path) -> None:
    torch.manual_seed(1)
    config = BertConfig(vocab_size=len(SPECIAL) + 2 * len(LETTERS), max_position_embeddings=64, **CONFIG)
    bare = Transformer(save(folder / "bare", BertModel(config)), max_seq_length=64)
    prompts = {"query": "query: ", "passage": "passage: "}
    SentenceTransformer(modules=[bare, Pooling(16)], prompts=prompts).save(str(folder / "e5"))
    for name, labels in (("judge", 1), ("classes", 3)):
        config.num_labels = labels
        made = BertForSequenceClassification(config)
        CrossEncoder(save(folder / f"bare-{name}", made), max_length=64).save(str(folder / name))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
