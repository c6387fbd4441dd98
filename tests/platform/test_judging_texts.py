"""What judges is kept apart by its texts."""

import random

from carrel.platform.judging_texts import JudgingTexts, judging_documents

REVIEW = "The screen is a bit dim, but I like the sound of it very much.\n\nIt came within a week."


def test_a_text_that_judges_is_known_whole_in_part_and_within_another() -> None:
    texts = JudgingTexts([REVIEW, "Great camera!", ""])
    assert REVIEW in texts
    assert f" {REVIEW}\n" in texts
    assert "It came within a week." in texts
    assert f"Bought in May. {REVIEW} Five stars." in texts
    assert "Great camera!" in texts


def test_other_texts_are_not_though_a_short_one_stands_in_them() -> None:
    texts = JudgingTexts([REVIEW, "Great camera!", ""])
    assert "Great camera! The zoom is slow." not in texts
    assert "The screen is a bit dim, and the sound is poor." not in texts
    assert "anything" not in JudgingTexts([])


def test_a_fifth_of_the_documents_judges() -> None:
    names = [f"d{number}" for number in range(50)]
    chosen = judging_documents(names, seed=3)
    assert len(chosen) == 10
    shuffled = random.Random(0).sample(names, len(names))
    assert judging_documents([*shuffled, *names], seed=3) == chosen
    assert judging_documents(names, seed=4) != chosen
    assert judging_documents(["d1", "d1"], seed=0) == set()
