"""The ledger knows its sources, and one job writes at a time."""

from __future__ import annotations

import threading

import pytest

from carrel._haystack import Document
from carrel.errors import LeaseError
from carrel.stores.contract import Lease, PassageStore
from carrel.testing.contract.material import (
    source,
    uris,
)
from carrel.types import (
    SourceInfo,
    SourceState,
)


class LedgerTests:
    """The ledger knows its sources, and one job writes at a time."""

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
