"""Question and passage pairs as token windows, for training and for reading alike.

A passage longer than the model's input is read through several windows that overlap by `stride` tokens. The question
is tokenised once per call and passages once each, which is why the windows are cut here and not by the tokenizer's own
truncation (that re-tokenises the question for every passage, and panics when a long question leaves less room than the
stride).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from carrel.errors import ModelError
from carrel.models.backend import IntArray, stack

if TYPE_CHECKING:
    from tokenizers import Tokenizer


@dataclass(frozen=True, slots=True)
class Window:
    """One model input.

    `ids` and `type_ids` have shape (n,); `offsets` has shape (m, 2) and gives the characters of the passage under the
    m tokens that start at `first`.
    """

    passage: int
    ids: IntArray
    type_ids: IntArray
    first: int
    offsets: IntArray


@dataclass(frozen=True, slots=True)
class PairTemplate:
    """The special tokens that a tokenizer puts around a pair, read off one encoded pair."""

    before: tuple[int, ...]
    between: tuple[int, ...]
    after: tuple[int, ...]
    passage_type: int

    @property
    def length(self) -> int:
        return len(self.before) + len(self.between) + len(self.after)

    @classmethod
    def of(cls, tokenizer: Tokenizer) -> PairTemplate:
        encoding = tokenizer.encode("a", "b")
        sequences = encoding.sequence_ids
        if 0 not in sequences or 1 not in sequences:
            raise ModelError("The tokenizer does not encode pairs of texts; a reader needs one that does")
        question = [i for i, sequence in enumerate(sequences) if sequence == 0]
        passage = [i for i, sequence in enumerate(sequences) if sequence == 1]
        ids = encoding.ids
        return cls(
            before=tuple(ids[: question[0]]),
            between=tuple(ids[question[-1] + 1 : passage[0]]),
            after=tuple(ids[passage[-1] + 1 :]),
            passage_type=encoding.type_ids[passage[0]],
        )


class WindowCutter:
    """Cuts (question, passages) into windows of at most `max_tokens` tokens."""

    def __init__(self, tokenizer: Tokenizer, *, max_tokens: int, stride: int, max_question_tokens: int = 64) -> None:
        self._tokenizer = tokenizer
        tokenizer.no_truncation()
        tokenizer.no_padding()
        self._template = PairTemplate.of(tokenizer)
        self._max_tokens = max_tokens
        self._stride = stride
        self._max_question_tokens = min(max_question_tokens, max_tokens // 2)

    def cut(self, question: str, passages: Sequence[str]) -> list[Window]:
        """Return the windows of every passage, in order; an empty passage has none."""
        question_ids = self._tokenizer.encode(question, add_special_tokens=False).ids[: self._max_question_tokens]
        head = [*self._template.before, *question_ids, *self._template.between]
        room = self._max_tokens - self._template.length - len(question_ids)
        step = room - min(self._stride, room // 2)
        windows = []
        for number, encoding in enumerate(self._tokenizer.encode_batch(list(passages), add_special_tokens=False)):
            passage_ids = encoding.ids
            offsets = np.array(encoding.offsets, dtype=np.int64).reshape(-1, 2)
            for start in range(0, max(len(passage_ids) - (room - step), 1), step):
                piece = passage_ids[start : start + room]
                if piece:
                    windows.append(self._window(number, head, piece, offsets[start : start + room]))
        return windows

    def _window(self, passage: int, head: list[int], piece: list[int], offsets: IntArray) -> Window:
        ids = np.array([*head, *piece, *self._template.after], dtype=np.int64)
        type_ids = np.zeros(len(ids), dtype=np.int64)
        type_ids[len(head) :] = self._template.passage_type
        return Window(passage, ids, type_ids, len(head), offsets)


def pad(windows: Sequence[Window], pad_id: int = 0, *, multiple: int = 1) -> dict[str, IntArray]:
    """Stack windows into `input_ids`, `attention_mask` and `token_type_ids`, each of shape (batch, longest).

    The longest is filled up to a `multiple` of tokens, too.
    """
    return stack([(window.ids, window.type_ids) for window in windows], pad_id, multiple=multiple)
