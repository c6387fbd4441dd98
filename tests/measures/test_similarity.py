import numpy as np
import pytest

from carrel.measures import semantic_similarity


def letters(texts):
    """Count letters: a real encoder of no great depth, of any length."""
    return np.array([[text.lower().count(letter) for letter in "abcdefghijklmnopqrstuvwxyz"] for text in texts])


def test_best_cosine_with_any_gold_answer() -> None:
    values = semantic_similarity(["ab", "aab"], [["ab", "c"], ["cd", "b"]], letters)
    assert values == pytest.approx([1.0, 1 / np.sqrt(5)])


def test_no_answer_is_compared_as_exact_match_does() -> None:
    values = semantic_similarity(["", " ", "text", ""], [[], [" "], [], ["gold"]], letters)
    assert values == [1, 1, 0, 0]


def test_every_distinct_text_is_encoded_once_in_one_call() -> None:
    calls = []

    def encode(texts):
        calls.append(list(texts))
        return letters(texts)

    semantic_similarity(["a", "a", "b"], [["b"], ["b", "a"], ["a"]], encode)
    assert calls == [["a", "b"]]
    assert semantic_similarity([], [], encode) == []
    assert len(calls) == 1


def test_what_is_no_set_of_vectors_is_refused() -> None:
    with pytest.raises(ValueError, match="shape"):
        semantic_similarity(["a"], [["b"]], lambda texts: np.zeros(3))
    with pytest.raises(ValueError, match="length zero"):
        semantic_similarity(["a"], [["b"]], lambda texts: np.zeros((2, 3)))
    with pytest.raises(ValueError, match="shorter"):
        semantic_similarity(["a"], [], letters)


def test_the_shipped_encoder_knows_what_means_the_same() -> None:
    from carrel.models.sentence_encoder import load_encoder

    encoder = load_encoder("carrel-encoder", threads=1)
    near, far = semantic_similarity(
        ["the capital of France", "a kind of cheese"],
        [["Paris, France's capital"], ["the Roman emperor"]],
        encoder.encode,
    )
    assert near > 0.7 > 0.4 > far
