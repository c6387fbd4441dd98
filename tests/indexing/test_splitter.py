"""Passages of documents as people write them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

from carrel._haystack import Document, Pipeline
from carrel.errors import SettingsError
from carrel.indexing.converters import convert
from carrel.indexing.splitter import PassageSplitter, Splitter
from carrel.types import CanonicalText

FOX = "The quick brown fox jumps over the dog."


def passages(source: str, **options: int) -> list[str]:
    text = convert(source.encode(), "a.md").text
    return [text.text[span.start : span.end].strip() for span in Splitter(**options).split([text])[0]]


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    """A WordPiece tokenizer that truncates, as those of sentence encoders are set."""
    words = ["[UNK]", "the", "quick", "brown", "fox", "jump", "##s", "over", "dog", ".", "#"]
    made = Tokenizer(WordPiece({word: number for number, word in enumerate(words)}, unk_token="[UNK]"))
    made.normalizer = BertNormalizer()
    made.pre_tokenizer = BertPreTokenizer()
    made.enable_truncation(4)
    made.enable_padding(length=4)
    return made


def test_what_fits_is_one_passage() -> None:
    assert passages(f"# One\n\n{FOX}\n\n## Two\n\n{FOX}", max_tokens=40) == [f"One\n\n{FOX}\n\nTwo\n\n{FOX}"]


def test_a_heading_begins_a_passage() -> None:
    assert passages(f"# One\n\n{FOX}\n\n# Two\n\n{FOX}", max_tokens=16) == [f"One\n\n{FOX}", f"Two\n\n{FOX}"]


def test_a_section_keeps_its_small_subsections() -> None:
    source = f"# Big\n\n{FOX} {FOX}\n\n# Kept\n\nShort.\n\n## Inner\n\n{FOX}\n\n# Last\n\n{FOX}"

    assert passages(source, max_tokens=24)[1:] == [f"Kept\n\nShort.\n\nInner\n\n{FOX}", f"Last\n\n{FOX}"]


def test_tiny_sections_share_a_passage() -> None:
    source = f"# Guide\n\n{FOX} {FOX}\n\n## A\n\nYes.\n\n## B\n\nNo.\n\n## C\n\n{FOX} {FOX} {FOX}"

    assert passages(source, max_tokens=30) == [
        f"Guide\n\n{FOX} {FOX}",
        "A\n\nYes.\n\nB\n\nNo.",
        f"C\n\n{FOX} {FOX} {FOX}",
    ]


def test_headings_without_text_go_with_what_follows() -> None:
    found = passages(f"# One\n\n## Two\n\n### Three\n\n{FOX} {FOX} {FOX}", max_tokens=20)

    assert found[0].startswith("One\n\nTwo\n\nThree\n\nThe quick")
    assert len(found) > 1


def test_paragraphs_stay_whole_and_long_ones_are_cut_at_sentences() -> None:
    assert passages(f"{FOX}\n\n{FOX}\n\n{FOX}", max_tokens=24) == [f"{FOX}\n\n{FOX}", FOX]
    assert passages(" ".join([FOX] * 4), max_tokens=24) == [f"{FOX} {FOX}"] * 2


def test_a_long_sentence_is_cut_at_words_and_a_long_word_between_characters() -> None:
    found = passages("word " * 50, max_tokens=10)
    assert all(set(passage.split()) == {"word"} for passage in found)

    accents = "".join(letter + "\u0301" for letter in "abcdefgh" * 20)
    assert all(passage[0] != "\u0301" for passage in passages(accents, max_tokens=8))


def test_overlap_repeats_sentences() -> None:
    sentences = [f"Sentence {letter} is here." for letter in "ABCDEF"]
    found = passages(" ".join(sentences), max_tokens=14, overlap=1)

    assert found == [f"{first} {second}" for first, second in pairwise(sentences)]


def test_tokens_are_those_of_the_tokenizer_without_its_truncation(tokenizer: Tokenizer) -> None:
    text = CanonicalText(" ".join([FOX] * 6), "")
    spans = Splitter(tokenizer, max_tokens=20).split([text])[0]

    # "jumps" is two tokens: ten for each sentence.
    assert [text.text[span.start : span.end].strip() for span in spans] == [f"{FOX} {FOX}"] * 3
    assert tokenizer.truncation is not None


def test_an_unknown_word_of_a_thousand_characters_is_no_single_token(tokenizer: Tokenizer) -> None:
    text = CanonicalText("x" * 1000, "")

    assert max(len(span) for span in Splitter(tokenizer, max_tokens=20).split([text])[0]) <= 20 * 16


@pytest.mark.parametrize("options", [{"max_tokens": 7}, {"overlap": -1}])
def test_settings_out_of_range_are_refused(options: dict[str, int]) -> None:
    with pytest.raises(SettingsError):
        Splitter(**options)


def test_the_component_works_in_a_pipeline_that_went_through_yaml(tokenizer: Tokenizer, tmp_path: object) -> None:
    path = f"{tmp_path}/tokenizer.json"
    tokenizer.save(path)
    pipeline = Pipeline()
    pipeline.add_component("split", PassageSplitter(path, max_tokens=20))
    document = Document(content=" ".join([FOX] * 6), meta={"year": 1999})

    found = Pipeline.loads(pipeline.dumps()).run({"split": {"documents": [document, Document(content=None)]}})

    *passages, empty = found["split"]["documents"]
    assert [p.content.strip() for p in passages] == [f"{FOX} {FOX}"] * 3
    assert [p.meta["split_id"] for p in passages] == [0, 1, 2]
    assert all(p.meta["year"] == 1999 and p.meta["source_id"] == document.id for p in passages)
    assert len({p.id for p in passages}) == 3
    assert "".join(p.content for p in passages) == document.content
    assert empty.content is None


def test_a_long_table_is_cut_between_its_rows() -> None:
    rows = [f"Row {number} | Has a. Dot inside | {number}" for number in range(12)]
    found = passages("| " + " |\n| ".join(["a | b | c", "--- | --- | ---", *rows]) + " |", max_tokens=30)

    assert len(found) > 2
    assert "\n".join(found) == "\n".join(["a | b | c", *rows])
