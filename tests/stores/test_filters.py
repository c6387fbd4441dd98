"""Filters mean the same in SQL as in Haystack's own evaluator."""

import numpy as np
import pytest
from haystack.utils.filters import document_matches_filter  # noqa: TID251
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carrel._haystack import Document, HaystackFilterError
from carrel.errors import FilterError
from carrel.stores.dates import parse_date
from carrel.stores.embedded.store import EmbeddedStore
from carrel.stores.filters import Comparison, Junction, Logic, MetaField, NoField, Operator, OwnField, parse_filter
from carrel.stores.query_parser import parse_query

DATES = [
    "2024-02-29",
    "2024-02-29T00:00:00",
    "2024-02-29T12:30:00+02:00",
    "2024-02-29T10:30:00Z",
    "2024-02-29 10:30:00",
    "2024-02-28T24:00",
    "20240229",
    "1969-07-21T20:17:40.25",
]
NUMBERS = [0, 1, -1, 2, 1.0, 2.5, -0.0, 10**18, float("inf"), True, False]
WORDS = ["", "a", "A", "ä", "1", "x' OR 1=1", "%", "null", "[0-9]"]
LISTS = [[], [1], [1.0], [True], ["a", "b"], [1, None], [[1], {"k": 2}]]
NESTED = [{}, {"name": "a"}, {"name": 1, "deep": {"name": "2024-02-29"}}, {"a.b": 1}]

scalars = st.sampled_from([None, *NUMBERS, *WORDS, *DATES])
values = st.one_of(scalars, st.sampled_from([*LISTS, *NESTED]))
metas = st.fixed_dictionaries(
    {}, optional={"x": values, "y": scalars, "person": st.sampled_from(NESTED), "a.b": scalars}
)
fields = st.sampled_from(
    ["meta.x", "meta.y", "x", "meta.person", "meta.person.name", "meta.person.deep.name", "meta.a.b", "a.b", "meta.no"]
)
comparisons = st.one_of(
    st.builds(
        lambda field, operator, value: {"field": field, "operator": operator, "value": value},
        fields,
        st.sampled_from(["==", "!="]),
        values,
    ),
    st.builds(
        lambda field, operator, value: {"field": field, "operator": operator, "value": value},
        fields,
        st.sampled_from([">", ">=", "<", "<="]),
        st.one_of(scalars, st.sampled_from(LISTS)),
    ),
    st.builds(
        lambda field, operator, value: {"field": field, "operator": operator, "value": value},
        fields,
        st.sampled_from(["in", "not in"]),
        st.lists(values, max_size=4),
    ),
    st.builds(
        lambda field, operator, value: {"field": field, "operator": operator, "value": value},
        st.sampled_from(["id", "content"]),
        st.sampled_from(["==", "!="]),
        st.sampled_from([None, "0", "1", "text 1", "text", ""]),
    ),
)
filters = st.recursive(
    comparisons,
    lambda conditions: st.builds(
        lambda operator, parts: {"operator": operator, "conditions": parts},
        st.sampled_from(["AND", "OR", "NOT"]),
        st.lists(conditions, max_size=3),
    ),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    store = EmbeddedStore(tmp_path_factory.mktemp("filters"))
    yield store
    store.close()


def leaves(condition):
    if "field" in condition:
        yield condition
    for part in condition.get("conditions", []):
        yield from leaves(part)


def raises(condition, document):
    try:
        document_matches_filter(condition, document)
    except (HaystackFilterError, TypeError):
        return True
    return False


def is_free_date(value):
    """Whether Haystack may read a string as a date that is not ISO 8601, such as "1" for the first of this month."""
    return isinstance(value, str) and parse_date(value) is None


def may_be_refused(leaf, documents):
    """Whether an ordering is an error here whatever the documents are, or because of a free form of a date in them."""
    if leaf["operator"] not in {">", ">=", "<", "<="} or leaf["value"] is None:
        return False
    if isinstance(leaf["value"], list | dict) or is_free_date(leaf["value"]):
        return True
    free = [value for value in WORDS if is_free_date(value)]
    return any(
        document_matches_filter({"field": leaf["field"], "operator": "in", "value": free}, document)
        for document in documents
    )


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(documents=st.lists(metas, min_size=1, max_size=5), conditions=st.lists(filters, min_size=1, max_size=25))
def test_sql_and_haystack_agree(store, documents, conditions):
    store.delete_all_documents()
    written = [
        Document(id=str(number), content=f"text {number}" if number else None, meta=meta)
        for number, meta in enumerate(documents)
    ]
    store.write_documents(written)
    for condition in conditions:
        fails = any(raises(leaf, document) for leaf in leaves(condition) for document in written)
        try:
            found = store.filter_documents(condition)
        except FilterError:
            assert fails or any(may_be_refused(leaf, written) for leaf in leaves(condition)), condition
            continue
        assert not fails, condition
        assert found == [document for document in written if document_matches_filter(condition, document)], condition


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(documents=st.lists(metas, min_size=1, max_size=5), conditions=st.lists(filters, min_size=1, max_size=10))
def test_every_search_keeps_to_the_filter_exactly(store, documents, conditions):
    store.delete_all_documents()
    store.write_documents(
        [
            Document(id=str(number), content=f"text {number}", meta=meta, embedding=[1.0, float(number)])
            for number, meta in enumerate(documents)
        ]
    )
    vector = np.array([1, 0], dtype=np.float32)
    for condition in conditions:
        try:
            expected = {document.id for document in store.filter_documents(condition)}
        except FilterError:
            with pytest.raises(FilterError):
                store.bm25_search("text", filters=condition)
            continue
        assert {hit.id for hit in store.bm25_search("text", filters=condition)} == expected
        assert {hit.id for hit in store.bm25_search(parse_query("-nothing"), filters=condition)} == expected
        found = store.vector_search(vector, fingerprint="external", filters=condition)
        assert {hit.id for hit in found} == expected
        assert store.facets(["source"], filters=condition, top=0)["source"].other == len(expected)


def test_parsing_gives_a_typed_tree():
    parsed = parse_filter(
        {
            "operator": "NOT",
            "conditions": [
                {"field": "meta.person.name", "operator": "in", "value": ["a", "b"]},
                {"field": "page", "operator": ">=", "value": 3},
                {"field": "year", "operator": "==", "value": 2020},
                {"field": "other.name", "operator": "==", "value": 1},
            ],
        }
    )
    assert parsed == Logic(
        Junction.NOT,
        (
            Comparison(MetaField("person.name"), Operator.IN, ("a", "b")),
            Comparison(OwnField.PAGE, Operator.GREATER_EQUAL, 3),
            Comparison(MetaField("year"), Operator.EQUAL, 2020),
            Comparison(NoField("other.name"), Operator.EQUAL, 1),
        ),
    )


@pytest.mark.parametrize(
    ("malformed", "message"),
    [
        ("meta.x == 1", "a filter is a dictionary"),
        ({"field": "meta.x", "operator": "==", "valeu": 1}, "'value' is missing"),
        ({"field": "meta.x", "operator": "=", "value": 1}, "unknown comparison operator '='"),
        ({"operator": "and", "conditions": []}, "there are AND, OR, NOT"),
        ({"operator": "AND", "conditions": {}}, "'conditions' is a list"),
        ({"field": 3, "operator": "==", "value": 1}, "'field' is a name"),
        ({"field": "meta.x", "operator": "in", "value": "a"}, "takes a list"),
        ({"field": "meta.x", "operator": "<", "value": "soon"}, "ISO 8601"),
        ({"field": "meta.x", "operator": "<", "value": {}}, "not dict"),
        ({"field": "meta.x", "operator": "==", "value": object}, "cannot compare"),
        ({"field": "score", "operator": ">", "value": 1}, "cannot filter on 'score'"),
    ],
)
def test_malformed_filters_say_what_is_wrong(malformed, message):
    with pytest.raises(FilterError, match=message):
        parse_filter(malformed)


def test_an_ordering_names_the_value_that_does_not_fit(store):
    store.delete_all_documents()
    store.write_documents([Document(id="good", meta={"year": 2020}), Document(id="bad", meta={"year": "unknown"})])
    with pytest.raises(FilterError, match=r"meta\.year.*bad.*'unknown'"):
        store.filter_documents({"field": "meta.year", "operator": ">", "value": 2000})
