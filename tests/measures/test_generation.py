"""ROUGE against its definition written out, BLEU against nltk's, and both against published values."""

import math
import random
import re
from collections import Counter

import pytest

from carrel.measures import Rouge, corpus_bleu, sentence_bleu

pytest.importorskip("rouge_score", reason="rouge-score is not installed")
pytest.importorskip("sacrebleu", reason="sacrebleu is not installed")
bleu_score = pytest.importorskip("nltk.translate.bleu_score", reason="nltk is not installed")

WORDS = ["the", "cat", "dog", "sat", "lay", "on", "under", "a", "mat", "rug", "it", "rained", "and", "nobody", "came"]


def words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.lower())


def f_measure(common: int, found: int, wanted: int) -> float:
    return 2 * common / (found + wanted) if common else 0.0


def rouge_n(prediction: str, reference: str, n: int) -> float:
    grams = [
        Counter(zip(*(tokens[i:] for i in range(n)), strict=False)) for tokens in map(words, (prediction, reference))
    ]
    return f_measure((grams[0] & grams[1]).total(), grams[0].total(), grams[1].total())


def subsequences(left: list[str], right: list[str]) -> list[list[int]]:
    table = [[0] * (len(right) + 1) for _ in range(len(left) + 1)]
    for i, a in enumerate(left):
        for j, b in enumerate(right):
            table[i + 1][j + 1] = table[i][j] + 1 if a == b else max(table[i][j + 1], table[i + 1][j])
    return table


def rouge_l(prediction: str, reference: str) -> float:
    found, wanted = words(prediction), words(reference)
    return f_measure(subsequences(found, wanted)[-1][-1], len(found), len(wanted))


def sentence(draw: random.Random, most: int = 14) -> str:
    return " ".join(draw.choice(WORDS) for _ in range(draw.randint(1, most)))


@pytest.mark.parametrize("seed", range(30))
def test_rouge_as_defined(seed) -> None:
    draw = random.Random(seed)
    prediction, reference = sentence(draw), sentence(draw)
    scores = Rouge(stem=False)(prediction, [reference])
    assert scores["ROUGE-1"] == pytest.approx(rouge_n(prediction, reference, 1), abs=1e-9)
    assert scores["ROUGE-2"] == pytest.approx(rouge_n(prediction, reference, 2), abs=1e-9)
    assert scores["ROUGE-L"] == pytest.approx(rouge_l(prediction, reference), abs=1e-9)
    assert scores["ROUGE-Lsum"] == scores["ROUGE-L"], "one line is one sentence"


def test_rouge_lsum_joins_what_each_line_has_in_common() -> None:
    # The example of Lin 2004, section 3.2: the reference w1..w5, a summary of the lines w1 w2 w6 w7 w8 and w1 w3 w8 w9
    # w5 has the union w1 w2 w3 w5 in common with it, so that recall is 4/5 and precision 4/10.
    scores = Rouge(stem=False)("w1 w2 w6 w7 w8\nw1 w3 w8 w9 w5", ["w1 w2 w3 w4 w5"])
    assert scores["ROUGE-Lsum"] == pytest.approx(2 * (4 / 5) * (4 / 10) / (4 / 5 + 4 / 10))


def test_rouge_of_the_library_s_own_example() -> None:
    # rouge-score's README: RougeScorer(['rouge1', 'rougeL'], use_stemmer=True).
    scores = Rouge()("The quick brown dog jumps on the log.", ["The quick brown fox jumps over the lazy dog"])
    assert scores["ROUGE-1"] == pytest.approx(2 * (6 / 8) * (6 / 9) / (6 / 8 + 6 / 9))
    assert scores["ROUGE-L"] == pytest.approx(2 * (5 / 8) * (5 / 9) / (5 / 8 + 5 / 9))


def test_rouge_takes_the_best_reference_and_stems() -> None:
    assert Rouge()("cats running", ["nothing", "the cat runs"])["ROUGE-1"] == pytest.approx(2 * 2 / (2 + 3))
    assert Rouge(stem=False)("cats running", ["the cat runs"])["ROUGE-1"] == 0
    assert set(Rouge()("anything", []).values()) == {None}
    assert Rouge()("", ["something"])["ROUGE-L"] == 0


@pytest.mark.parametrize("seed", range(10))
def test_bleu_as_nltk(seed) -> None:
    draw = random.Random(seed)
    base = [[draw.choice(WORDS) for _ in range(draw.randint(8, 20))] for _ in range(20)]
    references = [[tokens, draw.sample(tokens, len(tokens))] for tokens in base]
    predictions = [[word if draw.random() < 0.8 else draw.choice(WORDS) for word in tokens] for tokens in base]
    theirs = bleu_score.corpus_bleu(references, predictions)
    ours = corpus_bleu([" ".join(p) for p in predictions], [[" ".join(r) for r in both] for both in references])
    assert theirs > 0.1
    assert ours == pytest.approx(theirs, abs=1e-9)


def test_bleu_by_hand() -> None:
    # 5 of 6 words, 3 of 5 pairs, 1 of 4 triples, then none, which sacrebleu's exponential smoothing makes 1/2 of 3.
    value = sentence_bleu("the cat sat on the mat", ["the cat is on the mat"])
    assert value == pytest.approx(math.exp(sum(map(math.log, (5 / 6, 3 / 5, 1 / 4, 1 / 2 / 3))) / 4))
    short = sentence_bleu("the cat", ["the cat sat"])
    assert short == pytest.approx(math.exp(1 - 3 / 2)), "all n-grams up to its length, and the penalty for brevity"


def test_bleu_with_more_references_for_some() -> None:
    several = corpus_bleu(
        ["the cat sat on the mat", "it rained all day"], [["a", "the cat sat on the mat"], ["it rained all day"]]
    )
    assert several == pytest.approx(1)


def test_bleu_of_nothing() -> None:
    assert corpus_bleu([], []) is None
    assert sentence_bleu("text", []) is None
    with pytest.raises(ValueError, match="at least one reference"):
        corpus_bleu(["text"], [[]])
    with pytest.raises(ValueError, match="one prediction"):
        corpus_bleu(["text"], [])
