"""Questions that their passage does not answer, made out of ones that it does, by rules only.

A retrieved passage without the answer is mostly about something else, and a reader learns to say "no answer" by the
topic. These are about the passage's own topic: another of its names or numbers in the question's place, an antonym, or
a negation (the kinds of unanswerable questions that people wrote, Rajpurkar, Jia and Liang 2018, table 1). The rules
are for English.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence

from carrel.datasets.squad import SquadQuestion
from carrel.training.made_questions import NUMBER

_NAME = re.compile(r"(?<=[a-z,;] )[A-Z][\w-]+(?: (?:of |de |the |van |von )?[A-Z][\w-]+)*")
_WORD = re.compile(r"[^\W\d_]+")
_NEGATED = 0.2
"""Share of the questions without another rule that are negated."""
_AUXILIARY = re.compile(r"\b(did|does|do|is|was|were|are|has|have|had|could|would|should|can)\b(?! not)", re.IGNORECASE)
_PAIRS = (
    "first last;oldest newest;oldest youngest;largest smallest;biggest smallest;highest lowest;longest shortest;"
    "earliest latest;most least;more less;more fewer;best worst;greatest smallest;"
    "before after;begin end;began ended;start end;started ended;open close;opened closed;"
    "increase decrease;increased decreased;rise fall;rose fell;gain lose;gained lost;win lose;won lost;"
    "allow forbid;allowed forbidden;allows prevents;accept reject;accepted rejected;support oppose;supported opposed;"
    "add remove;added removed;create destroy;created destroyed;build demolish;built demolished;arrive leave;"
    "arrived left;join leave;joined left;buy sell;bought sold;born buried;major minor;majority minority;"
    "maximum minimum;upper lower;high low;higher lower;large small;larger smaller;long short;longer shorter;"
    "early late;earlier later;old new;older newer;strong weak;stronger weaker;rich poor;hot cold;warm cool;"
    "north south;northern southern;northeast southwest;northwest southeast;east west;eastern western;left right;"
    "male female;men women;man woman;father mother;brother sister;husband wife;son daughter;king queen;"
    "internal external;inside outside;public private;common rare;commonly rarely;often rarely;always never;"
    "modern ancient;positive negative;legal illegal;successful unsuccessful;friend enemy;ally enemy;allies enemies;"
    "same different;similar different;winter summer;spring autumn;day night;peace war;victory defeat"
)


def _antonyms() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for pair in _PAIRS.split(";"):
        one, other = pair.split()
        found.setdefault(one, []).append(other)
        found.setdefault(other, []).append(one)
    return found


_ANTONYMS = _antonyms()


def altered_questions(questions: Sequence[SquadQuestion], *, share: float, seed: int = 0) -> list[SquadQuestion]:
    """Alter a seeded `share` of the questions so that their own passage no longer answers them.

    Questions to which no rule applies are passed over; where too few are left, fewer are made.
    """
    order = random.Random(f"altered/{seed}")
    answerable = [question for question in questions if question.answers]
    order.shuffle(answerable)
    wanted = round(len(answerable) * share)
    made: list[SquadQuestion] = []
    for question in answerable:
        if len(made) == wanted:
            break
        ways = [texts for way in (_other_name, _other_number, _antonym) if (texts := list(way(question)))]
        # Nearly every question can be negated, and a reader would learn to look for that alone.
        if not ways and order.random() < _NEGATED and (texts := list(_negation(question))):
            ways = [texts]
        if ways:
            text = order.choice(order.choice(ways))
            made.append(SquadQuestion(f"{question.id}-altered", text, question.title, question.context, ()))
    return made


def _other_name(question: SquadQuestion) -> Iterator[str]:
    return _exchanged(question, _NAME)


def _other_number(question: SquadQuestion) -> Iterator[str]:
    # Of the same length: a year for a year, not for a price.
    return (text for text in _exchanged(question, NUMBER) if len(text) == len(question.question))


def _exchanged(question: SquadQuestion, pattern: re.Pattern[str]) -> Iterator[str]:
    """Put what the passage holds elsewhere in the place of what the question names."""
    asked, answer = _words(question.question), _words(" ".join(gold.text for gold in question.answers))
    others = dict.fromkeys(found.group() for found in pattern.finditer(question.context))
    usable = [other for other in others if not _words(other) & (asked | answer)]
    for place in pattern.finditer(question.question):
        # Only what the passage speaks of: with a name that it does not hold, the question was of another kind.
        if place.group() in others:
            for other in usable:
                yield _replaced(question.question, place, other)


def _antonym(question: SquadQuestion) -> Iterator[str]:
    for place in _WORD.finditer(question.question):
        for antonym in _ANTONYMS.get(place.group().lower(), ()):
            yield _replaced(question.question, place, antonym)


def _negation(question: SquadQuestion) -> Iterator[str]:
    for place in _AUXILIARY.finditer(question.question):
        word = place.group()
        yield _replaced(question.question, place, "can't" if word.lower() == "can" else f"{word}n't")


def _replaced(text: str, place: re.Match[str], other: str) -> str:
    return f"{text[: place.start()]}{other}{text[place.end() :]}"


def _words(text: str) -> set[str]:
    return {word.lower() for word in re.findall(r"\w+", text)}
