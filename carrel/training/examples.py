"""Questions as training examples: token windows with the positions of their answers, and their order."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from carrel.datasets.squad import SquadQuestion
from carrel.models.windows import Window, WindowCutter

_NULL_WINDOWS = 2
"""Windows without the answer that a long text gives a question, beside its neighbours'."""


class Order(Protocol):
    """What decides the order of examples."""

    @property
    def batch_size(self) -> int: ...

    @property
    def seed(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Example:
    """One window and the token positions of its answer; (0, 0) says that the window does not hold it.

    `question` and `context` are the texts that the window was cut from.
    """

    window: Window
    start: int
    end: int
    question: str = ""
    context: str = ""


def make_examples(questions: Sequence[SquadQuestion], cutter: WindowCutter) -> list[Example]:
    """Turn questions into windows with gold positions; the first listed answer is the gold one.

    A text of many windows (a whole document, as labels refer to it) gives those with the answer and two others, else
    "no answer" would be nearly all that is learned from it.
    """
    examples = []
    for question in questions:
        gold = (question.answers[0].start, question.answers[0].end) if question.answers else None
        windows = cutter.cut(question.question, [question.context])
        made = [_example(window, gold, question) for window in windows]
        if len(made) > 2 * _NULL_WINDOWS:
            nulls = [example for example in made if not example.end]
            kept = {id(one) for one in random.Random(question.id).sample(nulls, min(_NULL_WINDOWS, len(nulls)))}
            made = [example for example in made if example.end or id(example) in kept]
        examples += made
    return examples


def batches(examples: Sequence[Example], arguments: Order, steps: int) -> Iterator[list[Example]]:
    """Yield `steps` batches of windows of similar length; the order depends on the seed and the epoch alone."""
    size, produced, epoch = arguments.batch_size, 0, 0
    while produced < steps:
        order = random.Random(f"{arguments.seed}/{epoch}")
        rows = list(range(len(examples)))
        order.shuffle(rows)
        epoch_batches = []
        for pool in (rows[i : i + size * 64] for i in range(0, len(rows), size * 64)):
            pool.sort(key=lambda row: len(examples[row].window.ids))
            epoch_batches += [pool[i : i + size] for i in range(0, len(pool), size)]
        order.shuffle(epoch_batches)
        for batch in epoch_batches[: steps - produced]:
            yield [examples[row] for row in batch]
        produced += len(epoch_batches)
        epoch += 1


def _example(window: Window, gold: tuple[int, int] | None, question: SquadQuestion) -> Example:
    start, end = (0, 0) if gold is None else _positions(window, gold)
    return Example(window, start, end, question.question, question.context)


def _positions(window: Window, gold: tuple[int, int]) -> tuple[int, int]:
    starts, ends = window.offsets[:, 0], window.offsets[:, 1]
    if gold[0] < starts[0] or gold[1] > ends[-1]:
        return 0, 0
    # The tokens that touch the answer: an offset inside a word takes the whole token.
    inside = np.flatnonzero((ends > gold[0]) & (starts < gold[1]))
    if not len(inside):
        return 0, 0
    return window.first + int(inside[0]), window.first + int(inside[-1])
