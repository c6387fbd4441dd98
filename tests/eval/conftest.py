"""Small datasets whose texts are indexed by the real platform with the models that ship."""

from collections.abc import Iterator

import pytest

from carrel.datasets import GoldSpan, SquadArticle, SquadQuestion, SquadSet
from carrel.eval import indexed_platform
from carrel.platform import Platform

BRIDGE = (
    "The Tay Bridge crosses the Firth of Tay between Dundee and the suburb of Wormit in Fife.",
    "The first bridge opened in 1878. It collapsed in a violent storm on 28 December 1879 while a train was on it.",
)
PENGUIN = (
    "The emperor penguin is the tallest of all living penguin species and lives only in Antarctica.",
    "The male incubates the single egg for just over two months while the female goes to the sea to feed. 🐧 Breeding "
    "colonies can hold several thousand birds.",
)


def question(identifier: str, text: str, title: str, context: str, *answers: str) -> SquadQuestion:
    return SquadQuestion(identifier, text, title, context, tuple(GoldSpan(a, context.index(a)) for a in answers))


@pytest.fixture(scope="session")
def squad() -> SquadSet:
    bridge = SquadArticle(
        "Tay Bridge",
        BRIDGE,
        (
            question("b1", "When did the first Tay bridge open?", "Tay Bridge", BRIDGE[1], "1878", "in 1878"),
            question("b2", "What did the Tay bridge collapse in?", "Tay Bridge", BRIDGE[1], "a violent storm"),
            question("b3", "How many people died in the Tay bridge collapse?", "Tay Bridge", BRIDGE[1]),
        ),
    )
    penguin = SquadArticle(
        "Emperor / penguin",
        PENGUIN,
        (
            question("p1", "Where does the emperor penguin live?", "Emperor / penguin", PENGUIN[0], "Antarctica"),
            question("p2", "How many birds can colonies hold?", "Emperor / penguin", PENGUIN[1], "several thousand"),
        ),
    )
    return SquadSet("small", (bridge, penguin))


@pytest.fixture(scope="session")
def desk(squad: SquadSet) -> Iterator[Platform]:
    with indexed_platform(squad) as platform:
        yield platform
