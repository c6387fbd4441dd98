"""The promises of a passage store, as tests: derive from `StoreContract` and provide the fixtures.

class TestMyStore(StoreContract):
    @pytest.fixture
    def store(self, tmp_path):
        store = MyStore(tmp_path)
        yield store
        store.close()

    @pytest.fixture
    def reopen(self, tmp_path):
        return lambda store: (store.close(), MyStore(tmp_path))[1]
"""

from __future__ import annotations

import threading
import zlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from carrel._haystack import Document, DuplicateDocumentError, DuplicatePolicy
from carrel.errors import FilterError, FingerprintMismatchError, LeaseError, UnknownSourceError, UserError
from carrel.stores.contract import Coverage, Lease, PassageStore, Vectors
from carrel.types import (
    PROVENANCE_KEY,
    CanonicalText,
    Heading,
    Provenance,
    SourceInfo,
    SourceState,
    SourceVersion,
    Span,
    embedding_text,
    passage_id,
    source_id,
)

Reopen = Callable[[PassageStore], PassageStore]

FINGERPRINT = "test-encoder"
ODD_TEXTS = (
    "naïve café",
    "e\N{COMBINING ACUTE ACCENT}tude",
    "\N{GRINNING FACE} \N{FAMILY} emoji",
    "שלום עולם",
    "日本語のテキスト",
    "a\u200bb\u2028c\r\nd\te\ufeff",
    "\U0001d518\U0001d52b\U0001d526",
)


def source(
    uri: str,
    text: str,
    *,
    spans: Sequence[tuple[int, int]] | None = None,
    title: str = "",
    page_starts: tuple[int, ...] = (),
    headings: tuple[Heading, ...] = (),
    **meta: Any,
) -> SourceVersion:
    """Return a source with one passage, or with these spans."""
    cut = tuple(Span(*span) for span in spans) if spans is not None else (Span(0, len(text)),)
    return SourceVersion(
        source=SourceInfo(
            uri=uri, content_hash=str(zlib.crc32(text.encode("utf-8", "surrogatepass"))), root="root", meta=meta
        ),
        text=CanonicalText(text=text, title=title, page_starts=page_starts, headings=headings),
        spans=cut,
    )


def unit_vectors(rows: int, dimension: int = 8, *, seed: int = 0) -> Vectors:
    """Return random unit vectors."""
    drawn = np.random.default_rng(seed).normal(size=(rows, dimension))
    return np.ascontiguousarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True), dtype=np.float32)


def embed_all(store: PassageStore, fingerprint: str = FINGERPRINT, *, seed: int = 0) -> dict[str, Vectors]:
    """Give every passage a random vector and return them by embedding text."""
    missing = store.missing_vectors(fingerprint)
    vectors = unit_vectors(len(missing), seed=seed)
    store.write_vectors(fingerprint, [name for name, _ in missing], vectors)
    return {text: vector for (_, text), vector in zip(missing, vectors, strict=True)}


def provenance(document: Document) -> Provenance:
    """Return where a document that a search found stands."""
    block = Provenance.from_meta(document.meta)
    assert block is not None
    return block


def uris(documents: Sequence[Document]) -> list[str]:
    """Return the sources of found documents, in order."""
    return [provenance(document).source for document in documents]


class StoreContract:
    """Tests of every promise that does not depend on how a store is built."""

    @pytest.fixture
    def store(self) -> PassageStore:
        raise NotImplementedError("provide a fixture `store` with an empty store")

    @pytest.fixture
    def reopen(self) -> Reopen:
        raise NotImplementedError("provide a fixture `reopen`: close a store, return a new one on the same data")

    # Passages

    def test_is_a_passage_store(self, store: PassageStore) -> None:
        assert isinstance(store, PassageStore)

    def test_passage_ids_come_from_source_version_and_span(self, store: PassageStore) -> None:
        item = source("a.txt", "One sentence. Another one.", spans=[(0, 13), (14, 26)])
        store.write_sources([item])
        identity = source_id(store.collection, "a.txt")
        expected = [passage_id(identity, item.text.hash, span) for span in item.spans]
        assert [document.id for document in store.iterate()] == expected

    def test_text_is_the_span_of_the_version(self, store: PassageStore) -> None:
        text = "".join(chr(97 + number % 26) if number % 7 else " " for number in range(20_000))
        spans = [(0, 100), (4000, 4200), (4095, 4097), (8192, 12_288), (19_990, 20_000)]
        store.write_sources([source("long.txt", text, spans=spans)])
        for document in store.iterate():
            block = provenance(document)
            assert document.content == text[block.start : block.end]
            assert store.version_text("long.txt", block.version).text == text

    def test_provenance_is_complete(self, store: PassageStore) -> None:
        text = "Intro text.\nMethods we used.\nDetails of methods."
        headings = (Heading(12, 1, "Methods"), Heading(29, 2, "Details"))
        item = source("p.pdf", text, spans=[(0, 11), (29, 48)], title="Paper", page_starts=(0, 20), headings=headings)
        store.write_sources([item])
        [hit] = store.bm25_search("details")
        assert hit.score is not None
        assert provenance(hit) == Provenance(
            source="p.pdf",
            version=item.text.hash,
            start=29,
            end=48,
            title="Paper",
            page=2,
            headings=("Methods", "Details"),
            scores={"bm25": hit.score},
        )

    def test_indexing_twice_changes_nothing(self, store: PassageStore) -> None:
        item = source("a.txt", "The same text.", lang="en")
        store.write_sources([item])
        before = list(store.iterate()), store.revision
        store.write_sources([item])
        assert (list(store.iterate()), store.revision) == before

    @pytest.mark.parametrize("text", ODD_TEXTS)
    def test_odd_characters_survive(self, store: PassageStore, text: str) -> None:
        store.write_sources([source("odd.txt", text, spans=[(1, len(text))], title=text, note=text)])
        [document] = store.iterate()
        assert document.content == text[1:]
        assert document.meta["note"] == text
        assert store.version_text("odd.txt").text == text
        assert provenance(document).title == text

    @pytest.mark.parametrize("text", ["nul \0 inside", "lone \ud800 surrogate"])
    def test_texts_that_cannot_be_stored_are_refused(self, store: PassageStore, text: str) -> None:
        with pytest.raises(UserError, match="offset"):
            store.write_sources([source("good.txt", "fine"), source("bad.txt", text)])
        assert store.count_documents() == 0

    def test_iteration_yields_every_passage_once_in_order(self, store: PassageStore) -> None:
        store.write_sources([source(f"{number}.txt", f"text {number}", n=number) for number in range(25)])
        assert uris(list(store.iterate(page_size=7))) == [f"{number}.txt" for number in range(25)]
        odd = {"field": "meta.n", "operator": ">=", "value": 20}
        assert uris(list(store.iterate(odd, page_size=2))) == [f"{number}.txt" for number in range(20, 25)]

    def test_get_keeps_the_order_asked_for(self, store: PassageStore) -> None:
        store.write_documents([Document(id=name, content=name) for name in ("a", "b", "c")])
        assert [document.id for document in store.get(["c", "unknown", "a"])] == ["c", "a"]

    # Replacing and deleting

    def test_a_new_version_replaces_the_old_one(self, store: PassageStore) -> None:
        store.write_sources([source("a.txt", "apples and pears")])
        old = store.version_text("a.txt").hash
        store.write_sources([source("a.txt", "plums and cherries")])
        assert store.bm25_search("apples") == []
        assert uris(store.bm25_search("plums")) == ["a.txt"]
        assert store.count_documents() == 1
        assert store.version_text("a.txt", old).text == "apples and pears"

    def test_a_new_title_reaches_the_passages(self, store: PassageStore) -> None:
        store.write_sources([source("a.txt", "unchanged body", title="First")])
        [before] = store.iterate()
        store.write_sources([source("a.txt", "unchanged body", title="Second")])
        [after] = store.iterate()
        assert after.id == before.id
        assert provenance(after).title == "Second"
        assert store.bm25_search("first") == []
        assert len(store.bm25_search("second")) == 1

    def test_new_spans_keep_the_passages_that_stay(self, store: PassageStore) -> None:
        text = "One. Two. Three."
        store.write_sources([source("a.txt", text, spans=[(0, 4), (5, 16)])])
        kept = next(iter(store.iterate())).id
        store.write_sources([source("a.txt", text, spans=[(0, 4), (5, 9), (10, 16)])])
        assert {document.content for document in store.iterate()} == {"One.", "Two.", "Three."}
        assert kept in {document.id for document in store.iterate()}

    def test_the_later_of_two_items_for_a_source_counts(self, store: PassageStore) -> None:
        store.write_sources([source("a.txt", "earlier"), source("a.txt", "later")])
        assert [document.content for document in store.iterate()] == ["later"]

    def test_deleted_stays_deleted_after_reopening(self, store: PassageStore, reopen: Reopen) -> None:
        store.write_sources([source("a.txt", "apples"), source("b.txt", "pears")])
        assert store.delete_sources(["a.txt", "unknown.txt"]) == 1
        store = reopen(store)
        assert store.bm25_search("apples") == []
        assert uris(store.bm25_search("pears")) == ["b.txt"]
        assert store.source("a.txt") is None
        with pytest.raises(UnknownSourceError):
            store.version_text("a.txt")

    def test_versions_of_deleted_sources_stay_until_purged(self, store: PassageStore) -> None:
        item = source("a.txt", "apples")
        store.write_sources([item])
        store.delete_sources(["a.txt"])
        assert store.version_text("a.txt", item.text.hash).text == "apples"
        store.delete_sources(["a.txt"], purge=True)
        with pytest.raises(UnknownSourceError):
            store.version_text("a.txt", item.text.hash)

    def test_a_deleted_source_can_come_back(self, store: PassageStore) -> None:
        store.write_sources([source("a.txt", "apples")])
        store.delete_sources(["a.txt"])
        store.write_sources([source("a.txt", "apples")])
        assert uris(store.bm25_search("apples")) == ["a.txt"]

    def test_everything_survives_reopening(self, store: PassageStore, reopen: Reopen) -> None:
        store.write_sources([source("a.txt", "apples and pears", title="Fruit", n=1)])
        store.write_documents([Document(id="d", content="written by hand", meta={"k": [1, {"x": None}]})])
        vectors = embed_all(store)
        before = list(store.iterate()), store.bm25_search("pears"), store.revision, list(store.sources())
        store = reopen(store)
        assert (list(store.iterate()), store.bm25_search("pears"), store.revision, list(store.sources())) == before
        vector = vectors[embedding_text("Fruit", (), "apples and pears")]
        assert uris(store.vector_search(vector, fingerprint=FINGERPRINT, top_k=1)) == ["a.txt"]

    def test_revision_grows_with_every_visible_change(self, store: PassageStore) -> None:
        seen = [store.revision]
        store.write_sources([source("a.txt", "apples")])
        seen.append(store.revision)
        store.set_metadata([document.id for document in store.iterate()], {"k": 1})
        seen.append(store.revision)
        store.delete_sources(["a.txt"])
        seen.append(store.revision)
        assert seen == sorted(set(seen))

    # Documents written by callers

    def test_documents_come_back_as_they_were_written(self, store: PassageStore) -> None:
        documents = [
            Document(id="full", content="text", meta={"a": None, "b": {"c": [1, 2.5, True]}}, embedding=[3.0, 4.0]),
            Document(id="empty", content=""),
            Document(id="none", content=None),
        ]
        assert store.write_documents(documents) == 3
        assert store.filter_documents() == documents
        assert store.get(["none"]) == [documents[2]]

    def test_found_documents_have_a_place(self, store: PassageStore) -> None:
        store.write_documents([Document(id="d", content="apples and pears", meta={"title": "Fruit"})])
        [hit] = store.bm25_search("pears")
        block = provenance(hit)
        assert (block.source, block.start, block.end, block.title) == ("d", 0, 16, "Fruit")
        assert store.version_text(block.source, block.version).text == "apples and pears"

    @pytest.mark.parametrize("policy", [DuplicatePolicy.NONE, DuplicatePolicy.FAIL])
    def test_a_duplicate_fails_the_whole_call(self, store: PassageStore, policy: DuplicatePolicy) -> None:
        store.write_documents([Document(id="a", content="first")])
        with pytest.raises(DuplicateDocumentError):
            store.write_documents([Document(id="b", content="new"), Document(id="a", content="second")], policy)
        with pytest.raises(DuplicateDocumentError):
            store.write_documents([Document(id="c", content="one"), Document(id="c", content="two")], policy)
        assert [document.content for document in store.filter_documents()] == ["first"]

    def test_duplicates_inside_a_batch_follow_the_policy(self, store: PassageStore) -> None:
        twice = [Document(id="a", content="first"), Document(id="a", content="second")]
        assert store.write_documents(twice, DuplicatePolicy.SKIP) == 1
        assert [document.content for document in store.filter_documents()] == ["first"]
        assert store.write_documents(twice, DuplicatePolicy.OVERWRITE) == 1
        assert [document.content for document in store.filter_documents()] == ["second"]

    def test_overwriting_changes_everything_about_a_document(self, store: PassageStore) -> None:
        store.write_documents([Document(id="a", content="apples", meta={"k": 1}, embedding=[1.0, 0.0])])
        new = Document(id="a", content="pears", meta={"j": 2}, embedding=[0.0, 1.0])
        store.write_documents([new], DuplicatePolicy.OVERWRITE)
        assert store.filter_documents() == [new]
        assert store.bm25_search("apples") == []
        [hit] = store.vector_search(np.array([0, 1], dtype=np.float32), fingerprint="external")
        assert hit.score == pytest.approx(1.0)

    # Searching

    def test_ties_are_broken_by_id_at_the_cut_too(self, store: PassageStore) -> None:
        for begin in range(0, 60, 20):
            store.write_sources([source(f"{n}.txt", "equal words in every text") for n in range(begin, begin + 20)])
        embed_all(store)
        ids = sorted(document.id for document in store.iterate())
        for top_k in (1, 5, 30, 60):
            assert [hit.id for hit in store.bm25_search("every equal word", top_k=top_k)] == ids[:top_k]
        vector = unit_vectors(1)[0]
        for top_k in (1, 5, 30, 60):
            hits = store.vector_search(vector, fingerprint=FINGERPRINT, top_k=top_k)
            assert [hit.id for hit in hits] == ids[:top_k]

    def test_a_query_without_words_finds_nothing(self, store: PassageStore) -> None:
        store.write_sources([source("a.txt", "apples")])
        for query in ("", "   ", "?!", "the of and"):
            assert store.bm25_search(query) == []
        assert store.bm25_search("apples", top_k=0) == []

    def test_query_syntax_does_not_disturb_plain_words(self, store: PassageStore) -> None:
        store.write_sources([source("a.txt", "What is C++ (really)?")])
        for query in ('"really', "really:", "(really", "AND really OR", "re*lly really"):
            assert uris(store.bm25_search(query)) == ["a.txt"]

    def test_scores_have_their_names(self, store: PassageStore) -> None:
        store.write_sources([source("a.txt", "apples")])
        vectors = embed_all(store)
        [by_words] = store.bm25_search("apples")
        assert provenance(by_words).scores == {"bm25": by_words.score}
        [by_vector] = store.vector_search(vectors["apples"], fingerprint=FINGERPRINT)
        assert provenance(by_vector).scores == {"cosine": by_vector.score}
        assert by_vector.score == pytest.approx(1.0, abs=1e-5)
        assert by_vector.embedding is None

    @pytest.mark.parametrize("value", [1, 3, 50])
    def test_filters_come_before_ranking(self, store: PassageStore, value: int) -> None:
        texts = [f"apples {'apples ' * (number % 5)} number {number}" for number in range(200)]
        store.write_sources([source(f"{n}.txt", text, n=n % value) for n, text in enumerate(texts)])
        embed_all(store)
        filters = {"field": "meta.n", "operator": "==", "value": 0}
        everything = store.bm25_search("apples", top_k=200)
        expected = [hit.id for hit in everything if hit.meta["n"] == 0][:7]
        assert [hit.id for hit in store.bm25_search("apples", top_k=7, filters=filters)] == expected
        vector = unit_vectors(1, seed=1)[0]
        every = store.vector_search(vector, fingerprint=FINGERPRINT, top_k=200)
        wanted = [hit.id for hit in every if hit.meta["n"] == 0][:7]
        found = store.vector_search(vector, fingerprint=FINGERPRINT, top_k=7, filters=filters)
        assert [hit.id for hit in found] == wanted
        assert store.count_by_filter(filters) == sum(n % value == 0 for n in range(200))

    def test_filters_on_what_the_store_knows(self, store: PassageStore) -> None:
        store.write_sources([source("a.txt", "apples", title="A", page_starts=(0,)), source("b.txt", "apples")])
        for field, value in (("source", "a.txt"), ("title", "A"), ("page", 1), ("meta.carrel.page", 1)):
            filters = {"field": field, "operator": "==", "value": value}
            assert uris(store.bm25_search("apples", filters=filters)) == ["a.txt"]

    @pytest.mark.parametrize(
        "filters",
        [
            {"field": "meta.n", "operator": "~", "value": 1},
            {"operator": "XOR", "conditions": []},
            {"field": "meta.n", "operator": "in", "value": 1},
            {"field": "meta.n", "operator": ">", "value": "many"},
            {"field": "meta.n"},
            {"conditions": []},
            {"field": "embedding", "operator": "==", "value": None},
        ],
    )
    def test_a_filter_that_cannot_be_run_is_an_error(self, store: PassageStore, filters: dict[str, Any]) -> None:
        store.write_sources([source("a.txt", "apples", n=1)])
        with pytest.raises(FilterError):
            store.bm25_search("apples", filters=filters)
        with pytest.raises(FilterError):
            store.filter_documents(filters)

    # Vectors

    def test_an_empty_collection_finds_nothing(self, store: PassageStore) -> None:
        assert store.bm25_search("apples") == []
        assert store.vector_search(unit_vectors(1)[0], fingerprint=FINGERPRINT) == []
        assert list(store.iterate()) == []
        assert store.coverage() == []

    def test_vector_search_is_exact(self, store: PassageStore) -> None:
        store.write_sources([source(f"{number}.txt", f"text {number}") for number in range(50)])
        vectors = embed_all(store)
        query = unit_vectors(1, seed=3)[0]
        expected = sorted(vectors, key=lambda text: -float(vectors[text] @ query))[:5]
        hits = store.vector_search(query, fingerprint=FINGERPRINT, top_k=5)
        assert [hit.content for hit in hits] == expected
        scores = [float(vectors[text] @ query) for text in expected]
        assert [hit.score for hit in hits] == pytest.approx(scores, abs=1e-5)

    def test_another_encoder_is_a_clear_error(self, store: PassageStore) -> None:
        store.write_sources([source("a.txt", "apples")])
        embed_all(store)
        with pytest.raises(FingerprintMismatchError, match=f"{FINGERPRINT}.*carrel index --reembed"):
            store.vector_search(unit_vectors(1)[0], fingerprint="another")

    def test_coverage_counts_passages(self, store: PassageStore) -> None:
        store.write_sources([source("a.txt", "apples"), source("b.txt", "apples"), source("c.txt", "pears")])
        missing = store.missing_vectors(FINGERPRINT)
        assert [text for _, text in missing] == ["apples", "pears"]
        store.write_vectors(FINGERPRINT, [missing[0][0]], unit_vectors(1))
        assert store.coverage() == [Coverage(FINGERPRINT, 2, 3)]
        assert store.missing_vectors(FINGERPRINT) == missing[1:]
        assert store.missing_vectors("another", limit=1) == missing[:1]

    def test_an_unchanged_text_keeps_its_vector(self, store: PassageStore) -> None:
        text = "First passage. Second passage."
        store.write_sources([source("a.txt", text, spans=[(0, 14), (15, 30)])])
        embed_all(store)
        store.write_sources([source("a.txt", "First passage. Changed passage.", spans=[(0, 14), (15, 31)])])
        assert [text for _, text in store.missing_vectors(FINGERPRINT)] == ["Changed passage."]
        assert len(store.vector_search(unit_vectors(1)[0], fingerprint=FINGERPRINT)) == 1

    @pytest.mark.parametrize("vectors", [np.full((1, 4), 0.3), np.full((1, 4), np.nan), np.eye(4)[:2]])
    def test_vectors_are_checked(self, store: PassageStore, vectors: Any) -> None:
        store.write_sources([source("a.txt", "apples")])
        [(name, _)] = store.missing_vectors(FINGERPRINT)
        with pytest.raises(ValueError, match="vectors need"):
            store.write_vectors(FINGERPRINT, [name], vectors)

    # Metadata

    def test_metadata_changes_neither_ids_nor_vectors(self, store: PassageStore) -> None:
        store.write_sources([source("a.txt", "apples", lang="en", old=1), source("b.txt", "pears", lang="de")])
        embed_all(store)
        before = [document.id for document in store.iterate()]
        assert store.set_metadata([before[0], "unknown"], {"lang": "fr", "old": None, "tags": ["x"]}) == 1
        assert [document.id for document in store.iterate()] == before
        assert store.missing_vectors(FINGERPRINT) == []
        [changed] = store.filter_documents({"field": "meta.lang", "operator": "==", "value": "fr"})
        assert {key: value for key, value in changed.meta.items() if key != PROVENANCE_KEY} == {
            "lang": "fr",
            "tags": ["x"],
        }
        assert store.count_by_filter({"field": "meta.old", "operator": "!=", "value": None}) == 0

    def test_metadata_of_a_source_reaches_its_passages(self, store: PassageStore) -> None:
        text = "One. Two."
        store.write_sources([source("a.txt", text, spans=[(0, 4), (5, 9)], lang="en")])
        before = [document.id for document in store.iterate()]
        store.set_metadata(before[:1], {"topic": "first"})
        store.write_sources([source("a.txt", text, spans=[(0, 4), (5, 9)], lang="de")])
        assert [document.id for document in store.iterate()] == before
        assert store.count_by_filter({"field": "meta.lang", "operator": "==", "value": "de"}) == 2
        assert store.count_by_filter({"field": "meta.topic", "operator": "==", "value": "first"}) == 1

    # The ledger

    def test_a_failed_source_keeps_what_was_searchable(self, store: PassageStore) -> None:
        item = source("a.txt", "apples")
        store.write_sources([item])
        changed = SourceInfo(uri="a.txt", content_hash="other", root="root")
        for _ in range(2):
            store.set_source_state(changed, SourceState.FAILED, stage="converting", error="unreadable", reason="no")
        record = store.source("a.txt")
        assert record is not None
        assert (record.state, record.error, record.reason, record.attempts) == ("failed", "unreadable", "no", 2)
        assert (record.content_hash, record.version) == ("other", item.text.hash)
        assert uris(store.bm25_search("apples")) == ["a.txt"]
        store.write_sources([item])
        record = store.source("a.txt")
        assert record is not None
        assert (record.state, record.error, record.attempts) == (SourceState.INDEXED, None, 0)

    def test_sources_are_listed_by_uri(self, store: PassageStore) -> None:
        store.write_sources([source("b.txt", "b"), source("a.txt", "a")])
        store.set_source_state(SourceInfo(uri="c.txt", content_hash="c", root="other"), SourceState.PENDING)
        assert [record.uri for record in store.sources()] == ["a.txt", "b.txt", "c.txt"]
        assert [record.uri for record in store.sources(root="root")] == ["a.txt", "b.txt"]
        assert [record.uri for record in store.sources(state=SourceState.PENDING)] == ["c.txt"]
        assert store.count_documents() == 2

    # Leases

    def test_a_second_job_is_told_who_holds_the_collection(self, store: PassageStore) -> None:
        with store.lease("nightly sync"):
            with pytest.raises(LeaseError, match="nightly sync"), store.lease("another"):
                pass
            assert store.bm25_search("reading goes on") == []
        with store.lease("another"):
            pass

    def test_a_lease_that_has_ended_cannot_write(self, store: PassageStore) -> None:
        with store.lease("first") as first:
            store.write_sources([source("a.txt", "apples")], lease=first)
        with store.lease("second") as second:
            assert second.token > first.token
            with pytest.raises(LeaseError, match="second"):
                store.write_sources([source("b.txt", "pears")], lease=first)
            store.write_sources([source("c.txt", "plums")], lease=second)
        assert {record.uri for record in store.sources()} == {"a.txt", "c.txt"}

    def test_a_job_writes_under_its_own_lease_without_naming_it(self, store: PassageStore) -> None:
        with store.lease("job"):
            store.write_documents([Document(id="a", content="apples")])
            store.delete_documents(["a"])
        assert store.count_documents() == 0

    def test_workers_share_a_lease(self, store: PassageStore) -> None:
        failures: list[BaseException] = []

        def work(lease: Lease, number: int) -> None:
            try:
                store.write_sources([source(f"{number}.txt", f"apples {number}")], lease=lease)
            except BaseException as error:  # noqa: BLE001 (handed to the test)
                failures.append(error)

        with store.lease("job") as lease:
            workers = [threading.Thread(target=work, args=(lease, number)) for number in range(4)]
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join()
        assert failures == []
        assert len(store.bm25_search("apples")) == 4

    def test_statistics(self, store: PassageStore) -> None:
        store.write_sources([source("a.txt", "apples", spans=[(0, 3), (3, 6)])])
        statistics = store.statistics()
        assert statistics["passages"] == 2
        assert statistics["sources"] == {"indexed": 1}
        assert {"sql", "text", "vectors"} <= set(statistics)
