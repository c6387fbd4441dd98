"""Facets count exactly the passages that a search matches."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from carrel._haystack import Document
from carrel.errors import FilterError
from carrel.stores.contract import PassageStore
from carrel.stores.facets import FacetRange, FacetValue
from carrel.stores.query_parser import parse_query
from carrel.testing.contract.material import source

YEARS = (1999, 2000, 2001, 2000, 2010.0)


class FacetTests:
    """Counts by value, over a query and a filter."""

    def test_facets_count_passages_and_sources_of_the_match(self, store: PassageStore) -> None:
        text = "apple one. apple two. pear three."
        spans = [(0, 10), (11, 21), (22, 33)]
        store.write_sources([source(f"{n}.txt", text, spans=spans, kind=n % 2) for n in range(3)])
        found = store.facets(["meta.kind", "source"], query="apple")
        assert found["meta.kind"].values == (FacetValue(0, 4, 2), FacetValue(1, 2, 1))
        assert found["source"].values[0] == FacetValue("0.txt", 2, 1)
        only = {"field": "meta.kind", "operator": "==", "value": 1}
        assert store.facets(["kind"], filters=only)["kind"].values == (FacetValue(1, 3, 1),)
        assert store.facets(["kind"], query=parse_query("-apple"))["kind"].values == (
            FacetValue(0, 2, 2),
            FacetValue(1, 1, 1),
        )

    def test_the_most_frequent_values_come_first_and_the_rest_is_counted(self, store: PassageStore) -> None:
        values = ["a"] * 3 + ["b"] * 2 + ["c", "d", "e"]
        store.write_documents([Document(content=f"{n}", meta={"k": value}) for n, value in enumerate(values)])
        store.write_documents([Document(content="without")])
        facet = store.facets(["k"], top=2)["k"]
        assert [(entry.value, entry.passages) for entry in facet.values] == [("a", 3), ("b", 2)]
        assert (facet.other, facet.missing, facet.distinct) == (3, 1, 5)

    def test_every_count_is_that_of_the_filter(self, store: PassageStore) -> None:
        values: list[Any] = [True, False, "1", "x", "", "2024-05-01", 2.5, None]
        store.write_documents([Document(content=f"{n}", meta={"k": v}) for n, v in enumerate(values * 2)])
        facet = store.facets(["k"])["k"]
        assert facet.distinct == 7
        assert facet.missing == 2
        for entry in facet.values:
            assert entry.passages == store.count_by_filter({"field": "meta.k", "operator": "==", "value": entry.value})

    def test_equal_numbers_count_together_and_make_ranges(self, store: PassageStore) -> None:
        store.write_documents([Document(content=f"{n}", meta={"year": year}) for n, year in enumerate(YEARS)])
        facet = store.facets(["meta.year"])["meta.year"]
        assert {entry.value: entry.passages for entry in facet.values} == Counter(YEARS)
        assert sum(part.passages for part in facet.ranges) == len(YEARS)
        for part in facet.ranges:
            between = {
                "operator": "AND",
                "conditions": [
                    {"field": "meta.year", "operator": ">=", "value": part.low},
                    {"field": "meta.year", "operator": "<", "value": part.high},
                ],
            }
            assert part.passages == store.count_by_filter(between)

    def test_dates_are_cut_into_years(self, store: PassageStore) -> None:
        dates = ["2023-12-31", "2024-01-01", "2024-06-30T12:00:00Z"]
        store.write_documents([Document(content=f"{n}", meta={"date": date}) for n, date in enumerate(dates)])
        assert store.facets(["date"])["date"].ranges == (
            FacetRange("2023-01-01", "2024-01-01", 1),
            FacetRange("2024-01-01", "2025-01-01", 2),
        )

    def test_a_list_counts_for_each_of_its_elements(self, store: PassageStore) -> None:
        tags: list[Any] = [["a", "b"], ["a", "a"], [], "a", {"deep": 1}]
        store.write_documents([Document(content=f"{n}", meta={"tags": value}) for n, value in enumerate(tags)])
        facet = store.facets(["tags", "meta.tags.deep"])
        assert [(entry.value, entry.passages) for entry in facet["tags"].values] == [("a", 3), ("b", 1)]
        assert facet["tags"].missing == 0
        assert [(entry.value, entry.passages) for entry in facet["meta.tags.deep"].values] == [(1, 1)]

    def test_what_carrel_knows_can_be_counted(self, store: PassageStore) -> None:
        store.write_sources([source("a.pdf", "one two", title="A", page_starts=(0, 4), spans=[(0, 3), (4, 7)])])
        store.write_sources([source("b.txt", "three", title="A")])
        found = store.facets(["page", "title", "meta.unknown"])
        assert {entry.value: entry.passages for entry in found["page"].values} == {1: 1, 2: 1}
        assert found["page"].missing == 1
        assert found["title"].values == (FacetValue("A", 3, 2),)
        assert (found["meta.unknown"].values, found["meta.unknown"].missing) == ((), 3)

    @pytest.mark.parametrize("field", ["content", "embedding", "id", "other.name"])
    def test_a_field_that_cannot_be_counted_is_an_error(self, store: PassageStore, field: str) -> None:
        with pytest.raises(FilterError, match=field):
            store.facets([field])
