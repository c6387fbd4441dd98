"""Queries with operators match what `carrel.stores.query` says, under BM25 and under vectors."""

from __future__ import annotations

import pytest

from carrel.stores.contract import PassageStore
from carrel.stores.query_parser import parse_query
from carrel.testing.contract.material import FINGERPRINT, embed_all, provenance, source, unit_vectors, uris

TEXTS = {
    "graph": ("Graph neural networks", "We train graphs. A state of the art network retrieves passages."),
    "code": ("Trees", "The retrieval of C++ code in trees; to be or not to be. State-of-the-art."),
    "apple": ("Apple", "pie retrieval, an art and a state. Running runs the run. graphs"),
}
MATCHES = {
    "graph": "graph apple",
    "graph run": "graph apple",
    "+graph": "graph apple",
    "+graph +run": "apple",
    "+run graph": "apple",
    "graph -network": "apple",
    "graph -network -pie": "",
    "-graph": "code",
    '"neural networks"': "graph",
    '"neural network" pie': "graph",
    '-"neural network" graph': "apple",
    '"apple pie"': "",
    '"state of the art"': "graph code",
    "+state-of-the-art": "graph code",
    "-state-of-the-art state": "apple",
    '"to be or not to be"': "code",
    '"the run"': "apple",
    "+the art": "graph code apple",
    "-to retrieval": "graph apple",
    "title:graph": "graph",
    "title:retrieval": "",
    'title:"neural networks"': "graph",
    "title:neur*": "graph",
    "title:retriev*": "",
    "-title:graph graph": "apple",
    "retriev*": "graph code apple",
    "retrieva*": "code apple",
    "RETRIEVA*": "code apple",
    "retrieva* -pie": "code",
    "zzz*": "",
    "graph OR trees": "graph code apple",
    '"apple pie" OR title:trees': "code",
    "graph OR trees +retrieval": "graph code apple",
    "running OR -graph": "code apple",
    "C++": "code",
    "+C++": "code",
    "trees OR": "code",
    "": "",
    "-": "",
    "?!": "",
}


def write_texts(store: PassageStore) -> None:
    """Write the sources that the queries are about."""
    store.write_sources([source(uri, text, title=title, kind=uri) for uri, (title, text) in TEXTS.items()])


class QueryTests:
    """Operators choose passages, words rank them."""

    @pytest.mark.parametrize(("typed", "expected"), MATCHES.items())
    def test_a_query_matches(self, store: PassageStore, typed: str, expected: str) -> None:
        write_texts(store)
        assert set(uris(store.bm25_search(parse_query(typed)))) == set(expected.split())

    @pytest.mark.parametrize(
        "typed", ["+graph", "graph -pie", '"neural networks"', "title:trees", "retrieva*", "-graph"]
    )
    def test_a_vector_search_is_narrowed_by_a_query(self, store: PassageStore, typed: str) -> None:
        write_texts(store)
        embed_all(store)
        query = parse_query(typed)
        assert query.constraints is not None
        narrowed = store.vector_search(unit_vectors(1)[0], fingerprint=FINGERPRINT, matching=query.constraints)
        expected = {provenance(hit).source for hit in store.bm25_search(query.constraints)}
        assert set(uris(narrowed)) == expected
        everything = uris(store.vector_search(unit_vectors(1)[0], fingerprint=FINGERPRINT))
        assert uris(narrowed) == [uri for uri in everything if uri in expected]

    def test_operators_and_filters_hold_together(self, store: PassageStore) -> None:
        write_texts(store)
        only = {"field": "meta.kind", "operator": "!=", "value": "code"}
        assert uris(store.bm25_search(parse_query("retrieva*"), filters=only)) == ["apple"]

    def test_an_operator_changes_no_score(self, store: PassageStore) -> None:
        write_texts(store)
        plain = {hit.id: hit.score for hit in store.bm25_search("retrieval art")}
        for typed in ("+retrieval art", "retrieval art -graph", '"retrieval" "art"', "retrieval OR art"):
            for hit in store.bm25_search(parse_query(typed)):
                assert hit.score == pytest.approx(plain[hit.id])

    def test_a_query_that_only_chooses_has_no_score_and_the_order_of_ids(self, store: PassageStore) -> None:
        store.write_sources([source(f"{number}.txt", f"text {number}") for number in range(30)])
        ids = sorted(document.id for document in store.iterate())
        hits = store.bm25_search(parse_query("-nothing"), top_k=7)
        assert [(hit.id, hit.score) for hit in hits] == [(identity, 0.0) for identity in ids[:7]]

    def test_a_string_is_plain_words(self, store: PassageStore) -> None:
        write_texts(store)
        assert set(uris(store.bm25_search('-graph "apple pie"'))) == {"graph", "apple"}

    def test_matched_terms_stand_where_they_say(self, store: PassageStore) -> None:
        text = "First part. Running runs the run of neural networks."
        store.write_sources([source("a.txt", text, spans=[(0, 11), (12, len(text))], title="On running")])
        query = parse_query('run "neural network" retriev* -first runn*')
        [hit] = store.bm25_search("networks")
        [terms] = store.matched_terms(query, [hit])
        assert [(term.query, term.fields, term.forms) for term in terms] == [
            ("run", ("title", "text"), ("Running", "runs", "run")),
            ('"neural network"', ("text",), ("neural networks",)),
            ("runn*", ("title", "text"), ("Running",)),
        ]
        for term in terms:
            assert {text[span.start : span.end] for span in term.spans} == set(term.forms)
        assert terms[0].idf is not None
