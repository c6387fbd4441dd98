import pytest

from carrel.datasets import RetrievalDocument, RetrievalSet, SquadArticle, SquadSet
from carrel.errors import UserError
from carrel.eval import indexed_platform


def test_articles_keep_their_characters(squad, desk) -> None:
    texts = {record.title: desk.store.version_text(record.uri).text for record in desk.store.sources()}
    assert sorted(texts.values()) == sorted(article.text for article in squad.articles)


def test_articles_of_one_title_stay_apart() -> None:
    articles = (
        SquadArticle("Same", ("One text about rivers.",), ()),
        SquadArticle("Same", ("Another about hills.",), ()),
    )
    with indexed_platform(SquadSet("twins", articles), embed=False) as desk:
        assert len(list(desk.store.sources())) == 2


def test_documents_keep_their_ids() -> None:
    documents = (RetrievalDocument("a/1", "T", "Some text."), RetrievalDocument("2", "", "Other text.", {"year": 2020}))
    with indexed_platform(RetrievalSet("docs", documents, (), {}), embed=False) as desk:
        assert {record.uri for record in desk.store.sources()} == {"a/1", "2"}


def test_the_collection_is_gone_afterwards(squad) -> None:
    with indexed_platform(squad, embed=False) as desk:
        home = desk.home
        assert home.exists()
    assert not home.exists()


def test_documents_without_a_word_are_left_out() -> None:
    documents = (
        RetrievalDocument("1", "", "Text."),
        RetrievalDocument("2", "", " "),
        RetrievalDocument("3", "Title", ""),
    )
    with indexed_platform(RetrievalSet("docs", documents, (), {}), embed=False) as desk:
        assert {record.uri for record in desk.store.sources()} == {"1", "3"}


def test_a_text_that_cannot_be_indexed_is_no_small_matter() -> None:
    broken = SquadSet("broken", (SquadArticle("Blank", (" ",), ()), SquadArticle("Fine", ("Some words.",), ())))
    with (
        pytest.raises(UserError, match="1 texts of broken could not be indexed, the first is"),
        indexed_platform(broken, embed=False),
    ):
        pass
