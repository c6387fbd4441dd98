"""The BM25 index of a collection: tantivy files, derived from the database at a known revision.

A document of the index is a passage, known by its key. The file `revision.json` says which revision of the database a
commit holds: it is written before the commit, and names the revision on either side of it, so that whatever a crash
leaves is told apart. (A marker document would be counted by BM25, once for every commit.)
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from enum import Enum
from functools import lru_cache
from pathlib import Path

import tantivy
from tantivy import Filter, Index, Query, Searcher, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

from carrel.errors import SettingsError, StoreError
from carrel.stores.embedded.file_sums import check_text_files
from carrel.stores.embedded.files import write_aside

ANALYZER = "carrel"
WORDS_ANALYZER = "carrel_words"
LAYOUT = 2
"""Grows when fields or analysis change: an index of another layout is made anew from the database."""
LONGEST_TERM = 64
WRITER_BYTES = 64_000_000
LOCK_WAIT_SECONDS = 60.0
_REVISION = "revision.json"
_RELOADS = 1000
"""How often a commit may come in between before the files are taken for broken."""


@dataclass(frozen=True, slots=True)
class FieldBoosts:
    """What a match in each field counts for; 0 leaves the field out.

    `content` holds what an encoder reads of a passage, title and headings before the text, so that words of the title
    count as words of the text. On development data (6,857 open questions over 40 articles) that ranks better than
    fields of their own with any weight, and one field is searched faster than three: MRR .8542 against .8535.
    """

    content: float = 1.0
    title: float = 0.0
    headings: float = 0.0

    def to_dict(self) -> dict[str, float]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class TextEntry:
    """A passage as the index takes it; no phrase reaches from one part of the content into the next."""

    key: int
    content: tuple[str, ...]
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


def _stemmer(analyzer: TextAnalyzer) -> Callable[[str], str | None]:
    """Return the function from a word to the term that stands for it in the index; None for stop words."""

    @lru_cache(maxsize=65_536)
    def stem(word: str) -> str | None:
        return next(iter(analyzer.analyze(word)), None)

    return stem


def _lower_case() -> TextAnalyzerBuilder:
    builder = TextAnalyzerBuilder(Tokenizer.simple())
    return builder.filter(Filter.remove_long(LONGEST_TERM)).filter(Filter.lowercase())


def _schema() -> tantivy.Schema:
    """Return the fields: analyzed ones for ranking and phrases, words as they are for prefixes and stop words."""
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("key", indexed=True, fast=True)
    builder.add_text_field("content", tokenizer_name=ANALYZER)
    builder.add_text_field("title", tokenizer_name=ANALYZER)
    builder.add_text_field("headings", tokenizer_name=ANALYZER, index_option="freq")
    builder.add_text_field("content_words", tokenizer_name=WORDS_ANALYZER, index_option="basic")
    builder.add_text_field("title_words", tokenizer_name=WORDS_ANALYZER, index_option="basic")
    return builder.build()


class TextIndex:
    """One tantivy index in a folder of its own. Writing takes the folder's lock, reading takes none."""

    def __init__(self, path: Path, language: str | None) -> None:
        path.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.analyzer = build_analyzer(language)
        self.stem = _stemmer(self.analyzer)
        self.schema = _schema()
        _require_layout(path)
        try:
            if (path / "meta.json").exists():
                check_text_files(path)  # tantivy panics where it reads noise
            self._index = Index(self.schema, str(path))
        except (ValueError, OSError, KeyError, TypeError) as error:
            raise StoreError(f"the text index {path} cannot be read: {error}") from error
        self._index.register_tokenizer(ANALYZER, self.analyzer)
        self._index.register_tokenizer(WORDS_ANALYZER, _lower_case().build())
        self._index.config_reader("manual")
        self._reloading = threading.Lock()

    def searcher(self) -> tuple[Searcher, int]:
        """Return a searcher over the newest commit, and the revision that it stands at.

        Raises:
            ValueError: the files are no index, or do not say their revision.
        """
        with self._reloading:
            for _ in range(_RELOADS):
                commit = self._commit()
                self._index.reload()
                searcher = self._index.searcher()
                revision = self._revision(commit)
                if revision is not None and self._commit() == commit:
                    return searcher, revision
        raise ValueError(f"the text index {self.path} and its revision do not belong together")

    def apply(self, changes: TextChanges, *, expected: int, lock_wait: float = LOCK_WAIT_SECONDS) -> Applied:
        """Commit these changes if the index stands at revision `expected`."""
        writer = self._writer(lock_wait)
        if writer is None:
            return Applied.LOCKED
        try:
            commit = self._commit()
            if self._revision(commit) != expected:
                return Applied.ELSEWHERE
            # delete_documents_by_term takes no effect on unsigned fields in tantivy-py 0.27; queries do. Deleting
            # nothing is an operation too: without any, the commit would not get a number of its own.
            writer.delete_documents_by_query(Query.term_set_query(self.schema, "key", list(changes.removed)))
            for entry in changes.added:
                writer.add_document(_document(entry))
            step = {"after": commit, "before": expected, "revision": changes.revision, "layout": LAYOUT}
            write_aside(self.path / _REVISION, json.dumps(step).encode())
            writer.commit()
        finally:
            writer.wait_merging_threads()
        return Applied.DONE

    def _commit(self) -> int:
        """Return the number of the newest commit; numbers grow."""
        return int(json.loads((self.path / "meta.json").read_bytes())["opstamp"])

    def _revision(self, commit: int) -> int | None:
        """Return the revision of a commit; None if it is too old to be told."""
        try:
            step = json.loads((self.path / _REVISION).read_bytes())
        except FileNotFoundError:
            if commit:
                raise ValueError(f"the text index {self.path} does not say its revision") from None
            return 0
        if commit < step["after"]:
            return None
        return int(step["revision"] if commit > step["after"] else step["before"])

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

    @contextmanager
    def kept_unchanged(self) -> Iterator[bool]:
        """Keep everybody from committing for the block; yields False where somebody has been for too long."""
        writer = self._writer(LOCK_WAIT_SECONDS)
        try:
            yield writer is not None
        finally:
            if writer is not None:
                writer.wait_merging_threads()

    def deleted(self) -> tuple[int, int]:
        """Return how many passages in the files are deleted ones, which BM25 still counts, and how many there are."""
        segments = json.loads((self.path / "meta.json").read_bytes())["segments"]
        deleted = sum((segment["deletes"] or {}).get("num_deleted_docs", 0) for segment in segments)
        return deleted, sum(segment["max_doc"] for segment in segments)


def _require_layout(path: Path) -> None:
    """Refuse files that were written with other fields or another analysis.

    Raises:
        StoreError: they were; the caller begins a new index.
    """
    with suppress(FileNotFoundError, ValueError):  # a new index, or files whose revision cannot be read either
        layout = json.loads((path / _REVISION).read_bytes()).get("layout", 1)
        if layout != LAYOUT:
            raise StoreError(f"the text index {path} has layout {layout}, not {LAYOUT}")


def _document(entry: TextEntry) -> tantivy.Document:
    document = tantivy.Document()
    document.add_unsigned("key", entry.key)
    for part in entry.content:
        document.add_text("content", part)
        document.add_text("content_words", part)
    document.add_text("title", entry.title)
    document.add_text("title_words", entry.title)
    document.add_text("headings", entry.headings)
    return document
