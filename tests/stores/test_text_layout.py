"""A text index with other fields than this version writes is noticed at opening and made anew from the database."""

import json

import pytest
from tantivy import Document, Index, SchemaBuilder

from carrel.stores.embedded.store import EmbeddedStore
from carrel.stores.query_parser import parse_query
from carrel.testing.store_contract import source, uris


@pytest.fixture
def folder(tmp_path):
    store = EmbeddedStore(tmp_path / "collection")
    store.write_sources([source("a.txt", "retrieval of apples", title="Fruit")])
    store.close()
    return tmp_path / "collection"


def generation(folder):
    return folder / "text" / (folder / "text" / "current").read_text().strip()


def assert_searchable_after_opening(folder):
    store = EmbeddedStore(folder)
    for query in ("apples", "retriev*", "title:fruit"):
        assert uris(store.bm25_search(parse_query(query))) == ["a.txt"]
    assert json.loads((generation(folder) / "revision.json").read_text())["revision"] == store.revision == 1
    store.close()


def test_an_index_of_the_first_layout_is_rebuilt(folder):
    before = generation(folder)
    for file in before.iterdir():
        file.unlink()
    builder = SchemaBuilder()
    builder.add_unsigned_field("key", indexed=True, fast=True)
    for name in ("content", "title", "headings"):
        builder.add_text_field(name)
    index = Index(builder.build(), str(before))
    writer = index.writer(15_000_000, 1)
    document = Document(content="retrieval of apples")
    document.add_unsigned("key", 1)
    writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()
    (before / "revision.json").write_text(json.dumps({"after": 0, "before": 0, "revision": 1}))
    assert_searchable_after_opening(folder)
    assert generation(folder) != before


def test_the_same_fields_under_another_layout_are_rebuilt_too(folder):
    before = generation(folder)
    step = json.loads((before / "revision.json").read_text())
    (before / "revision.json").write_text(json.dumps({**step, "layout": 1}))
    assert_searchable_after_opening(folder)
    assert generation(folder) != before
