"""The BM25 index of a collection: tantivy files, derived from the database at a known revision.

A document of the index is a passage, known by its key. One more document, the marker, holds the revision of the whole
index, so that a searcher knows which state of the database it belongs to.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from enum import Enum
from pathlib import Path

import tantivy
from tantivy import Filter, Index, Occur, Query, Searcher, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

from carrel.errors import SettingsError, StoreError

ANALYZER = "carrel"
LONGEST_TERM = 64
WRITER_BYTES = 64_000_000
LOCK_WAIT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class FieldBoosts:
    """What a match in each field counts for, relative to the body; 0 leaves the field out."""

    body: float = 1.0
    title: float = 0.5
    headings: float = 0.25

    def to_dict(self) -> dict[str, float]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class TextEntry:
    """A passage as the index takes it."""

    key: int
    body: str
    title: str
    headings: str


@dataclass(frozen=True, slots=True)
class TextChanges:
    """What brings an index from one revision to the next."""

    revision: int
    added: Iterable[TextEntry]
    removed: Sequence[int]


class Applied(Enum):
    """What became of changes handed to an index."""

    DONE = "done"
    ELSEWHERE = "the index does not stand where the changes begin"
    LOCKED = "somebody else is writing"


def build_analyzer(language: str | None) -> TextAnalyzer:
    """Return the analyzer of a language: lower case, without stop words, stemmed; None only splits and lowers.

    Raises:
        SettingsError: tantivy has no stemmer for the language.
    """
    if language is None:
        return _lower_case().build()
    with suppress(ValueError):  # a few languages have a stemmer and no list of stop words
        return _lower_case().filter(Filter.stopword(language)).filter(Filter.stemmer(language)).build()
    try:
        return _lower_case().filter(Filter.stemmer(language)).build()
    except ValueError as error:
        raise SettingsError(f"no text analysis for the language {language!r}: {error}") from error


def _lower_case() -> TextAnalyzerBuilder:
    builder = TextAnalyzerBuilder(Tokenizer.simple())
    return builder.filter(Filter.remove_long(LONGEST_TERM)).filter(Filter.lowercase())


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("key", indexed=True, fast=True)
    builder.add_unsigned_field("marker", indexed=True, fast=True)
    for name in ("body", "title", "headings"):
        builder.add_text_field(name, tokenizer_name=ANALYZER)
    return builder.build()


class TextIndex:
    """One tantivy index in a folder of its own. Writing takes the folder's lock, reading takes none."""

    def __init__(self, path: Path, language: str | None) -> None:
        path.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.analyzer = build_analyzer(language)
        self.schema = _schema()
        try:
            self._index = Index(self.schema, str(path))
        except (ValueError, OSError) as error:
            raise StoreError(f"the text index {path} cannot be read: {error}") from error
        self._index.register_tokenizer(ANALYZER, self.analyzer)
        self._index.config_reader("manual")
        self._reloading = threading.Lock()

    def searcher(self) -> Searcher:
        """Return a searcher over the newest commit."""
        with self._reloading:
            self._index.reload()
            return self._index.searcher()

    def apply(self, changes: TextChanges, *, expected: int, lock_wait: float = LOCK_WAIT_SECONDS) -> Applied:
        """Commit these changes if the index stands at revision `expected`."""
        writer = self._writer(lock_wait)
        if writer is None:
            return Applied.LOCKED
        try:
            if marker_of(self.searcher()) != expected:
                return Applied.ELSEWHERE
            if changes.removed:
                # delete_documents_by_term takes no effect on unsigned fields in tantivy-py 0.27; queries do
                writer.delete_documents_by_query(Query.term_set_query(self.schema, "key", list(changes.removed)))
            for entry in changes.added:
                writer.add_document(_document(entry))
            writer.delete_documents_by_query(Query.exists_query("marker"))
            marker = tantivy.Document()
            marker.add_unsigned("marker", changes.revision)
            writer.add_document(marker)
            writer.commit()
        finally:
            writer.wait_merging_threads()
        return Applied.DONE

    def _writer(self, lock_wait: float) -> tantivy.IndexWriter | None:
        deadline = time.monotonic() + lock_wait
        while True:
            try:
                return self._index.writer(WRITER_BYTES, 1)
            except ValueError as error:
                if "LockBusy" not in str(error):
                    raise
            if time.monotonic() >= deadline:
                return None
            time.sleep(0.01)

    def query(self, words: str, boosts: FieldBoosts) -> Query | None:
        """Return the query for plain words: any of their terms in any field; None without a searchable term.

        It is one flat disjunction of term queries, the form for which tantivy skips what cannot reach the top.
        """
        weights = [("body", boosts.body), ("title", boosts.title), ("headings", boosts.headings)]
        clauses = [
            (Occur.Should, Query.boost_query(Query.term_query(self.schema, field, term), weight * count))
            for term, count in Counter(self.analyzer.analyze(words)).items()
            for field, weight in weights
            if weight
        ]
        return Query.boolean_query(clauses) if clauses else None

    def restricted(self, query: Query, keys: Sequence[int]) -> Query:
        """Return `query` over these passages only, with the scores that it has over all."""
        allowed = Query.const_score_query(Query.term_set_query(self.schema, "key", list(keys)), 0.0)
        return Query.boolean_query([(Occur.Must, query), (Occur.Must, allowed)])


def marker_of(searcher: Searcher) -> int:
    """Return the revision that a searcher stands at; 0 for an index without a commit."""
    hits = searcher.search(Query.exists_query("marker"), 1, count=False).hits
    if not hits:
        return 0
    [revision] = searcher.fast_field_values("marker", [hits[0][1]])
    return int(revision or 0)


def ranking(searcher: Searcher, query: Query, limit: int) -> list[tuple[float, int]]:
    """Return the `limit` best (score, passage key), best first, ties in no particular order."""
    hits = searcher.search(query, limit, count=False).hits
    keys = searcher.fast_field_values("key", [address for _, address in hits])
    return [(float(score), int(key)) for (score, _), key in zip(hits, keys, strict=True) if key is not None]


def _document(entry: TextEntry) -> tantivy.Document:
    document = tantivy.Document()
    document.add_unsigned("key", entry.key)
    document.add_text("body", entry.body)
    document.add_text("title", entry.title)
    document.add_text("headings", entry.headings)
    return document
