"""Little articles with questions, for everything that needs labelled documents."""

from carrel.datasets import GoldSpan, SquadArticle, SquadQuestion

PLACES = {
    "Warsaw": ("Poland", "Vistula", "1300"),
    "Vienna": ("Austria", "Danube", "1137"),
    "Paris": ("France", "Seine", "1163"),
    "Lisbon": ("Portugal", "Tagus", "1147"),
    "Dresden": ("Saxony", "Elbe", "1206"),
    "Cologne": ("Germany", "Rhine", "1248"),
    "Turin": ("Italy", "Po", "1280"),
    "Seville": ("Spain", "Guadalquivir", "1401"),
}


def article(city: str) -> SquadArticle:
    country, river, year = PLACES[city]
    paragraphs = (
        f"{city} is a large city in {country}. The city of {city} stands on the river {river}, near the old bridge.",
        f"The cathedral of {city} was begun in the year {year} by order of the bishop. It is visited by many people.",
    )
    asked = (
        (0, f"Which river does {city} stand on?", river),
        (0, f"In which country is {city}?", country),
        (1, f"When was the cathedral of {city} begun?", year),
    )
    questions = tuple(
        SquadQuestion(
            f"{city}-{number}",
            text,
            city,
            paragraphs[place],
            (GoldSpan(answer, paragraphs[place].index(f" {answer}") + 1),),
        )
        for number, (place, text, answer) in enumerate(asked)
    )
    return SquadArticle(city, paragraphs, questions)


def articles() -> list[SquadArticle]:
    return [article(city) for city in PLACES]
