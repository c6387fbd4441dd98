"""Questions made out of a collection's own text, where nobody has labelled any: rules only, no model.

For encoders: a sentence asks for the rest of its passage (inverse cloze: Lee, Chang and Toutanova 2019, section 4), a
heading for the text below it, the passage's rarest words for the passage, and a statement is turned into the question
about its subject ("The zoom is slow" into "How is the zoom?"). Readers learn that the statement answers it. To measure
with, a name, number or date is taken out of a sentence and asked for (cloze: Lewis, Denoyer and Riedel 2019, section
2.2). What is made is noisy, which is why it is filtered by a round trip where a reader is at hand, and why nothing
adapted with it is used unproven.
"""

from __future__ import annotations

import math
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from carrel.datasets.squad import GoldSpan, SquadQuestion
from carrel.types import Span

SentenceSplitter = Callable[[str], Sequence[Span]]
"""Maps a text to the spans of its sentences."""

_MIN_WORDS, _MAX_WORDS = 6, 50
_KEYWORDS = 4
_WORD = re.compile(r"[^\W\d_][\w'-]{2,}")
NUMBER = re.compile(r"\b\d[\d,.]*\d\b|\b\d\b")
_YEAR = re.compile(r"\b(?:1[0-9]{3}|20[0-9]{2})\b")
_STATEMENT = re.compile(
    # Ahead, so that "the quality of the sound is good" is found though "sound" may be a verb.
    r"\b(?=(?:the|its|this|these|my|your|our|their) (?P<subject>[a-z][\w'-]+(?: [a-z][\w'-]+){0,2}?) "
    r"(?P<verb>is|are|was|were|looks?|sounds?|works?|feels?|seems?)\b"
    r"(?P<thing>\s+(?:(?:not|also|always|still|only|just) )?(?:an?|the|that|to|\d))?)",
    re.IGNORECASE,
)
_PLURAL = frozenset(("are", "were", "look", "sound", "work", "feel", "seem"))
_NO_SUBJECT = re.compile(
    r"\b(?:a|about|and|are|as|at|best|but|by|can|could|did|do|does|first|for|from|had|has|have|he|how|i|if|in|"
    r"is|it|last|may|might|most|must|of|on|one|only|or|other|same|second|shall|she|should|so|than|that|"
    r"then|there|they|things?|this|to|was|we|were|what|when|which|who|will|with|would|you)\b"
)
"""Words that show that the pattern took in more than a noun, or less."""
_CLAUSE_END = re.compile(
    r"[.,;:!?()\"\n]|\s-+\s|--|"
    r"\b(?:although|and|as|because|but|for|however|if|or|since|so|though|when|which|while)\b",
    re.IGNORECASE,
)
_COMPLEMENT_WORDS = 12
"""Longest complement of a statement that is taken for an answer."""
_SUBJECTS = 2
_NAME = re.compile(r"(?<=[a-z,;] )[A-Z][\w'-]+(?: (?:of |de |the |van |von )?[A-Z][\w'-]+)*")


class Kind(StrEnum):
    """How a query was made."""

    SENTENCE = "sentence"
    HEADING = "heading"
    KEYWORDS = "keywords"
    SUBJECT = "question about a subject"
    QUESTION = "question"


@dataclass(frozen=True, slots=True)
class Text:
    """A passage of the collection: its id, the document it is from, its headings (title first) and its text."""

    id: str
    document: str
    headings: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class MadeQuery:
    """A query and the passage that should be found by it; `passage` is that text as it may be shown for it.

    Every text with one of the words `about` in it (as `words_of` gives them) may answer the query.
    """

    kind: Kind
    query: str
    id: str
    document: str
    passage: str
    about: tuple[str, ...] = ()


def made_queries(texts: Sequence[Text], sentences: SentenceSplitter, *, seed: int = 0) -> list[MadeQuery]:
    """Return up to one query of each kind a passage (two about subjects), in the order of the passages.

    They are the same for the same seed.
    """
    rarity = _Rarity(texts)
    made = []
    for text, stated in zip(texts, _known_statements(texts), strict=True):
        order = random.Random(f"{seed}/{text.id}")
        made += [query for query in _queries(text, sentences, rarity, order) if query is not None]
        for subject in _chosen(stated, order):
            about = tuple(sorted(words_of(subject)))
            made.append(MadeQuery(Kind.SUBJECT, stated[subject][0].question, text.id, text.document, text.text, about))
    return made


def words_of(text: str) -> frozenset[str]:
    """Return the words of a text in lower case, those of one or two letters left out."""
    return frozenset(word.lower() for word in _WORD.findall(text))


def made_questions(texts: Sequence[Text], sentences: SentenceSplitter, *, seed: int = 0) -> list[SquadQuestion]:
    """Return up to one question a passage whose answer is marked in it."""
    questions = []
    for text in texts:
        candidates = [
            (sentence, found)
            for sentence in _usable(text.text, sentences)
            for found in _answers(text.text[sentence.start : sentence.end])
        ]
        if not candidates:
            continue
        sentence, (place, word) = random.Random(f"{seed}/{text.id}").choice(candidates)
        whole = text.text[sentence.start : sentence.end]
        start = sentence.start + place.start
        answer = GoldSpan(text.text[start : sentence.start + place.end], start)
        asked = _cloze(whole, place, word)
        questions.append(SquadQuestion(f"made-{text.id}", asked, text.document, text.text, (answer,)))
    return questions


def made_statements(texts: Sequence[Text], *, seed: int = 0) -> list[SquadQuestion]:
    """Return questions about up to two subjects a passage, with a statement about the subject as the answer.

    A passage that states several things of a subject gives the question once for each. Only subjects of which another
    passage states something too are asked for.
    """
    questions = []
    for text, stated in zip(texts, _known_statements(texts), strict=True):
        for subject in _chosen(stated, random.Random(f"{seed}/{text.id}")):
            for statement in stated[subject]:
                if statement.clause is not None:
                    start, end = statement.clause.start, statement.clause.end
                    answer = GoldSpan(text.text[start:end], start)
                    name = f"stated-{text.id}-{start}"
                    questions.append(SquadQuestion(name, statement.question, text.document, text.text, (answer,)))
    return questions


@dataclass(frozen=True, slots=True)
class _Statement:
    """The question that a statement answers, and the clause that states it; None where that has no end in sight."""

    question: str
    clause: Span | None


class _Rarity:
    """Inverse document frequencies of the collection's words."""

    def __init__(self, texts: Iterable[Text]) -> None:
        self._seen: Counter[str] = Counter()
        self._count = 0
        for text in texts:
            self._seen.update(words_of(text.text))
            self._count += 1

    def keywords(self, text: str) -> list[str]:
        """Return the words of a text that say most of it, by tf-idf; only words that stand elsewhere too."""
        counts = Counter(word.lower() for word in _WORD.findall(text))
        weights = {
            word: (1 + math.log(count)) * math.log(self._count / self._seen[word])
            for word, count in counts.items()
            if self._seen[word] > 1
        }
        return sorted(weights, key=lambda word: (-weights[word], word))[:_KEYWORDS]


def _queries(
    text: Text, sentences: SentenceSplitter, rarity: _Rarity, order: random.Random
) -> Iterable[MadeQuery | None]:
    usable = _usable(text.text, sentences)
    if len(usable) > 1:
        chosen = order.choice(usable)
        rest = f"{text.text[: chosen.start]}{text.text[chosen.end :]}".strip()
        yield MadeQuery(Kind.SENTENCE, text.text[chosen.start : chosen.end].strip(), text.id, text.document, rest)
    if text.headings:
        yield MadeQuery(Kind.HEADING, " ".join(text.headings[-2:]), text.id, text.document, text.text)
    keywords = rarity.keywords(text.text)
    if len(keywords) == _KEYWORDS:
        order.shuffle(keywords)
        yield MadeQuery(Kind.KEYWORDS, " ".join(keywords), text.id, text.document, text.text)


def _known_statements(texts: Sequence[Text]) -> list[dict[str, list[_Statement]]]:
    """Return for each text what it states of subjects of which another text states something too, in its order."""
    found = [_statements(text.text) for text in texts]
    named = Counter(subject for stated in found for subject in stated)
    return [{subject: stated[subject] for subject in stated if named[subject] > 1} for stated in found]


def _chosen(stated: dict[str, list[_Statement]], order: random.Random) -> list[str]:
    return order.sample(list(stated), min(_SUBJECTS, len(stated)))


def _statements(text: str) -> dict[str, list[_Statement]]:
    """Return what a text states of each subject, in the order of the text."""
    found: dict[str, list[_Statement]] = {}
    for statement in _STATEMENT.finditer(text):
        subject, verb = statement["subject"].lower(), statement["verb"].lower()
        if words_of(subject) and not _NO_SUBJECT.search(subject):
            word = "What" if statement["thing"] else "How"
            question = f"{word} {'are' if verb in _PLURAL else 'is'} the {subject}?"
            clause = _clause(text, statement.start(), statement.end("verb"))
            found.setdefault(subject, []).append(_Statement(question, clause))
    return found


def _clause(text: str, start: int, verb_end: int) -> Span | None:
    """Return the clause from its subject to where its complement ends; None without one, or with a long one."""
    stop = _CLAUSE_END.search(text, verb_end)
    complement = text[verb_end : stop.start() if stop else len(text)].rstrip()
    if len(complement.split()) > _COMPLEMENT_WORDS or not words_of(complement) - {"not"}:
        return None
    return Span(start, verb_end + len(complement))


def _usable(text: str, sentences: SentenceSplitter) -> list[Span]:
    return [span for span in sentences(text) if _MIN_WORDS <= len(text[span.start : span.end].split()) <= _MAX_WORDS]


def _answers(sentence: str) -> list[tuple[Span, str]]:
    """Return what can be asked for in a sentence, each with the question's word."""
    years = [(Span(*match.span()), "when") for match in _YEAR.finditer(sentence)]
    taken = {place for place, _ in years}
    numbers = [(Span(*match.span()), "how many") for match in NUMBER.finditer(sentence)]
    names = [(Span(*match.span()), "what") for match in _NAME.finditer(sentence)]
    return years + [number for number in numbers if number[0] not in taken] + names


def _cloze(sentence: str, place: Span, word: str) -> str:
    """Turn "It was built in 1889 in Paris." with 1889 taken out into "when: It was built in ... in Paris?"."""
    before, after = sentence[: place.start].strip(), sentence[place.end :].strip().rstrip(".!?").strip()
    words = " ".join(part for part in (before, word, after) if part)
    return f"{words[:1].upper()}{words[1:]}?"
