"""Tiny random models of real architectures, saved in the layout of transformers, with tokenizers trained on a page."""

import re
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

TEXTS = [
    "The carrel is a small desk in a library where one reader works with many books.",
    "Readers asked for quiet places in 1921, and the library built forty of them beside the windows.",
    "Who built the tower? Gustave Eiffel's company built it between 1887 and 1889 in Paris, France.",
    "When, where and why did the river rise? It rose after the rain of April, near the old bridge.",
]


def wordpiece() -> Tokenizer:
    """Words, characters and inner pairs of them: a trainer's choice among ties would differ from run to run."""
    words = {word.lower() for text in TEXTS for word in re.findall(r"\w+|[^\w\s]", text)}
    characters = set("".join(words))
    inner = {f"##{word[at : at + 2]}" for word in words for at in range(1, len(word) - 1)}
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    pieces = [*special, *sorted(words | characters), *sorted(inner | {f"##{one}" for one in characters})]
    tokenizer = Tokenizer(models.WordPiece({piece: at for at, piece in enumerate(pieces)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.add_special_tokens(special)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    return tokenizer


def byte_level() -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(TEXTS, trainer)
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    return tokenizer


def save_bert(folder: Path, *, head: str = "BertForQuestionAnswering") -> Path:
    import transformers

    tokenizer = wordpiece()
    config = transformers.BertConfig(**_sizes(tokenizer), type_vocab_size=2, max_position_embeddings=64)
    names = {"pad": "[PAD]", "unk": "[UNK]", "cls": "[CLS]", "sep": "[SEP]", "mask": "[MASK]"}
    return _save(folder, getattr(transformers, head), config, tokenizer, names)


def save_pair(folder: Path) -> Path:
    """A cross-encoder with one output."""
    import transformers

    two = save_bert(folder / "two", head="BertForSequenceClassification")
    automatic = transformers.AutoModelForSequenceClassification
    automatic.from_pretrained(two, num_labels=1, ignore_mismatched_sizes=True).save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (folder / name).write_bytes((two / name).read_bytes())
    return folder


def save_roberta(folder: Path) -> Path:
    import transformers

    tokenizer = byte_level()
    # Two more positions than tokens: RoBERTa counts them from the one after its padding.
    config = transformers.RobertaConfig(
        **_sizes(tokenizer),
        type_vocab_size=1,
        max_position_embeddings=66,
        pad_token_id=1,
        bos_token_id=0,
        eos_token_id=2,
    )
    names = {"pad": "<pad>", "unk": "<unk>", "cls": "<s>", "sep": "</s>", "bos": "<s>", "eos": "</s>", "mask": "<mask>"}
    return _save(folder, transformers.RobertaForQuestionAnswering, config, tokenizer, names)


def save_distilbert(folder: Path) -> Path:
    """DistilBERT's network does not know token types, though its tokenizer gives them."""
    import transformers

    tokenizer = wordpiece()
    config = transformers.DistilBertConfig(
        vocab_size=tokenizer.get_vocab_size(),
        dim=32,
        n_layers=2,
        n_heads=2,
        hidden_dim=64,
        max_position_embeddings=64,
        initializer_range=0.4,
    )
    names = {"pad": "[PAD]", "unk": "[UNK]", "cls": "[CLS]", "sep": "[SEP]", "mask": "[MASK]"}
    return _save(folder, transformers.DistilBertForQuestionAnswering, config, tokenizer, names)


def save_encoder(folder: Path, *, pooling: str = "mean", prompts: dict[str, str] | None = None) -> Path:
    """A sentence-transformers folder: BERT, pooling and normalisation."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer

    save_bert(folder / "bert", head="BertModel")
    transformer = Transformer(str(folder / "bert"), max_seq_length=48)
    modules = [transformer, Pooling(32, pooling_mode=pooling), Normalize()]
    SentenceTransformer(modules=modules, prompts=prompts, device="cpu").save(str(folder / "encoder"))
    return folder / "encoder"


def _sizes(tokenizer: Tokenizer) -> dict[str, int | float]:
    return {
        "vocab_size": tokenizer.get_vocab_size(),
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 64,
        "initializer_range": 0.4,
    }


def _save(folder: Path, network: type, config: object, tokenizer: Tokenizer, names: dict[str, str]) -> Path:
    import torch
    from transformers import PreTrainedTokenizerFast

    torch.manual_seed(0)
    network(config).save_pretrained(folder)
    special = {f"{name}_token": token for name, token in names.items()}
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=64, **special).save_pretrained(folder)
    return folder
