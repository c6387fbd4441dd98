"""The Python API: what the six lines promise, and what happens around them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from carrel import Platform
from carrel.errors import SettingsError, StoreError, UnknownCollectionError, UnknownSourceError, UserError
from carrel.platform.pipelines import build_pipeline, load_pipeline, run_pipeline
from carrel.platform.verification import verified_answers
from carrel.settings import IndexSettings, Settings
from carrel.types import CanonicalText, SourceInfo, SourceVersion, Span

NOTE = "Marie Curie was born in Warsaw in 1867. She discovered polonium and radium together with Pierre Curie."
OTHER = "The Eiffel Tower was completed in 1889 and is 330 metres tall."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "curie.txt").write_text(NOTE, encoding="utf-8")
    (folder / "eiffel.txt").write_text(OTHER, encoding="utf-8")
    return folder


@pytest.fixture
def desk(tmp_path: Path, folder: Path) -> Iterator[Platform]:
    with Platform(tmp_path / "home") as desk:
        desk.index(folder)
        yield desk


def test_an_answer_is_the_text_at_its_place(desk: Platform) -> None:
    result = desk.ask("Where was Marie Curie born?")
    assert result.best is not None
    assert (result.best.text, result.best.source) == ("Warsaw", "curie.txt")
    text = desk.store.version_text("curie.txt", result.best.version).text
    for answer in result.answers:
        if answer.source == "curie.txt":
            assert text[answer.span.start : answer.span.end] == answer.text
    assert result.seconds["total"] >= result.seconds["retrieve"]


def test_the_ask_pipeline_as_yaml_gives_the_same_answers(desk: Platform, tmp_path: Path) -> None:
    file = tmp_path / "ask.yaml"
    file.write_text(build_pipeline("ask", desk.store, desk.settings).dumps(), encoding="utf-8")
    pipeline = load_pipeline(file)
    outputs = run_pipeline(pipeline, "How tall is the Eiffel Tower?")
    expected = [answer.text for answer in desk.ask("How tall is the Eiffel Tower?").answers]
    assert [answer.data for answer in outputs["reader"]["answers"]] == expected
    pipeline.get_component("retriever").document_store.close()


def test_a_folder_is_synced(desk: Platform, folder: Path) -> None:
    (folder / "curie.txt").write_text(NOTE.replace("1867", "November 1867"), encoding="utf-8")
    (folder / "eiffel.txt").unlink()
    (folder / "new.md").write_text("# Kettle\n\nThe kettle whistles.", encoding="utf-8")
    report = desk.index(folder)
    assert (report.indexed, report.unchanged, report.deleted) == (2, 0, 1)
    assert [hit.source for hit in desk.search("Eiffel Tower", mode="bm25")] == []
    assert "November" in desk.search("Curie born", mode="bm25")[0].text
    assert desk.search("kettle")[0].title == "Kettle"


def test_text_is_searchable_before_vectors_exist(tmp_path: Path, folder: Path) -> None:
    with Platform(tmp_path / "home") as desk:
        desk.index(folder, embed=False)
        assert desk.search("polonium", mode="bm25")[0].source == "curie.txt"
        hybrid = desk.search("polonium", mode="hybrid")
        assert hybrid[0].source == "curie.txt"
        assert "0 of 2 passages" in hybrid.notes[0]
        assert desk.status().vectors == 0
        desk.index(folder)
        assert desk.status().vectors == 2
        assert desk.search("polonium", mode="hybrid").notes == ()


def test_collections_are_apart(desk: Platform, tmp_path: Path, folder: Path) -> None:
    with Platform(desk.home, collection="other") as other:
        with pytest.raises(UnknownCollectionError, match="default"):
            other.search("Curie")
        other.index(folder / "eiffel.txt")
        assert other.status().sources == {"indexed": 1}
    assert desk.status().sources == {"indexed": 2}


def test_delete_by_name_and_by_filter(desk: Platform) -> None:
    with pytest.raises(UnknownSourceError, match="nobody"):
        desk.delete(["curie.txt", "nobody.txt"])
    assert desk.status().sources == {"indexed": 2}
    assert desk.delete(filters={"field": "title", "operator": "==", "value": "eiffel"}) == 1
    assert desk.delete("curie.txt") == 1
    assert desk.status().passages == 0
    with pytest.raises(UserError, match="not both"):
        desk.delete()


def test_settings_come_from_the_homes_file_and_the_environment_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "carrel.toml").write_text('[search]\nmode = "bm25"\ntop_k = 3\n', encoding="utf-8")
    monkeypatch.setenv("CARREL_SEARCH__TOP_K", "7")
    search = Platform(tmp_path).settings.search
    assert (search.mode, search.top_k) == ("bm25", 7)
    (tmp_path / "carrel.toml").write_text("[search]\nmoode = 1\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="moode"):
        Platform(tmp_path)


def test_a_collection_can_be_made_for_another_language(tmp_path: Path) -> None:
    (tmp_path / "haus.txt").write_text("Die Häuser stehen am Fluss.", encoding="utf-8")
    with Platform(tmp_path / "home", settings=Settings(index=IndexSettings(language="german"))) as desk:
        desk.index(tmp_path / "haus.txt", embed=False)
        assert len(desk.search("Haus", mode="bm25")) == 1


def test_requests_below_one_are_refused(desk: Platform) -> None:
    with pytest.raises(UserError, match="top_k"):
        desk.search("Curie", top_k=0)
    with pytest.raises(UserError, match="retriever_top_k"):
        desk.ask("Where?", retriever_top_k=0)


def test_an_answer_has_the_page_that_it_stands_on_and_not_its_passages(desk: Platform) -> None:
    first, second = "Chapter one is about kettles. ", "The teapot was designed by Marianne Brandt in 1924."
    text = CanonicalText(first + second, "design", page_starts=(0, len(first)))
    source = SourceInfo("design.pdf", content_hash="x")
    desk.store.write_sources([SourceVersion(source, text, (Span(0, len(text.text)),))])
    best = desk.ask("Who designed the teapot?").best
    assert best is not None
    assert (best.text, best.source, best.page) == ("Marianne Brandt", "design.pdf", 2)


def test_an_answer_that_is_not_at_its_offsets_is_never_shown(desk: Platform) -> None:
    answer = desk.ask("Where was Marie Curie born?").answers[0]
    moved = replace(answer, span=Span(answer.span.start + 1, answer.span.end + 1))
    with pytest.raises(StoreError, match=r"curie\.txt"):
        verified_answers([moved], desk.store)
