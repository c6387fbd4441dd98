"""The reader as a component, on a tiny network; the first group are the defects of Haystack's own reader."""

import dataclasses
import math

import pytest

from carrel._haystack import Document, Pipeline
from carrel.errors import ModelError, StoreError, UserError
from carrel.readers.confidence import FEATURES, fit_confidence
from carrel.readers.span_reader import SpanReader
from carrel.types import PROVENANCE_KEY, Provenance, Span
from tests.models import tiny

QUESTION = "Who built the tower?"


@pytest.fixture
def reader(tiny_reader):
    return SpanReader(tiny_reader)


def documents(texts=tiny.TEXTS):
    return [Document(content=text) for text in texts]


def passage(text, start, **scores):
    provenance = Provenance("guide.txt", "v1", start, start + len(text), "Guide", page=3, scores=scores)
    return Document(content=text, meta={PROVENANCE_KEY: provenance.to_meta(), "author": "A. N."})


class TestWhatHaystacksReaderGetsWrong:
    def test_documents_without_text_are_passed_over(self, reader):
        texts = [None, "", "   ", tiny.TEXTS[2]]
        found = reader.run(QUESTION, documents(texts))
        assert {answer.document.content for answer in found["answers"]} == {tiny.TEXTS[2]}

    def test_only_documents_without_text_give_no_answer(self, reader):
        found = reader.run(QUESTION, documents([None, ""]))
        assert (found["answers"], found["spans"], found["abstained"]) == ([], [], True)

    def test_no_documents_give_no_answer(self, reader):
        assert reader.run(QUESTION, [])["abstained"]

    @pytest.mark.parametrize("stride", [0, 30, 60, 400])
    def test_an_overlong_question_and_any_stride_do_no_harm(self, tiny_reader, stride):
        found = SpanReader(tiny_reader, stride=stride).run("library " * 300, documents([" ".join(tiny.TEXTS * 5)]))
        assert found["answers"]

    def test_answers_have_a_longest_length(self, tiny_reader):
        reader = SpanReader(tiny_reader, max_answer_tokens=2, top_k=20)
        tokenizer = tiny.wordpiece()
        for answer in reader.run(QUESTION, documents())["answers"]:
            assert len(answer.data.split()) <= len(tokenizer.encode(answer.data).ids)
            assert len(answer.data.split()) <= 2

    def test_neither_abstaining_nor_the_first_answer_depends_on_top_k(self, reader):
        few, many = (reader.run(QUESTION, documents(), top_k=k) for k in (1, 15))
        assert few["abstained"] == many["abstained"]
        assert few["spans"] == many["spans"][:1]
        assert reader.read(QUESTION, documents(), top_k=1).features == reader.read(QUESTION, documents()).features[:1]

    def test_answers_carry_no_embedding(self, reader):
        embedded = [dataclasses.replace(document, embedding=[0.1] * 384) for document in documents()]
        answers = reader.run(QUESTION, embedded)["answers"]
        assert answers
        assert all(answer.document.embedding is None for answer in answers)
        assert {answer.document.id for answer in answers} <= {document.id for document in embedded}

    def test_context_and_its_offset_are_filled(self, reader):
        for answer in reader.run(QUESTION, documents())["answers"]:
            place = answer.context_offset
            assert answer.context[place.start : place.end] == answer.data
            assert answer.document.content[answer.document_offset.start : answer.document_offset.end] == answer.data

    def test_a_null_threshold_of_zero_is_a_threshold(self, tiny_reader):
        lenient, strict = (SpanReader(tiny_reader, null_threshold=t) for t in (-1000.0, 1000.0))
        assert not lenient.run(QUESTION, documents())["abstained"]
        assert strict.run(QUESTION, documents())["abstained"]
        assert SpanReader(tiny_reader, null_threshold=0.0).to_dict()["init_parameters"]["null_threshold"] == 0.0


def test_an_answer_stands_in_its_source(reader):
    version = "The first part. " + tiny.TEXTS[2] + " The end."
    found = reader.run(QUESTION, [passage(tiny.TEXTS[2], 16, bm25=4.5)])
    for span, answer in zip(found["spans"], found["answers"], strict=True):
        assert version[span.span.start : span.span.end] == span.text == answer.data
        assert version[answer.meta["start"] : answer.meta["end"]] == answer.data
        assert (span.source, span.version, span.title, span.page) == ("guide.txt", "v1", "Guide", 3)
        assert (span.context, span.context_start) == (tiny.TEXTS[2], 16)
        assert span.scores["bm25"] == 4.5
        assert span.scores["reader"] == answer.score


def test_a_document_from_elsewhere_is_its_own_source(reader):
    (document,) = documents(["  " + tiny.TEXTS[2]])
    for span in reader.run(QUESTION, [document])["spans"]:
        assert span.source == span.id == document.id
        assert document.content[span.span.start : span.span.end] == span.text


def test_a_passage_that_does_not_fit_its_place_is_refused(reader):
    wrong = dataclasses.replace(passage(tiny.TEXTS[2], 16), content=tiny.TEXTS[2] + " More.")
    with pytest.raises(StoreError, match=r"stands at \[16, "):
        reader.run(QUESTION, [wrong])


def test_a_document_given_twice_is_read_once(reader):
    assert reader.run(QUESTION, documents() * 2)["spans"] == reader.run(QUESTION, documents())["spans"]


def test_overlapping_passages_do_not_repeat_an_answer(tiny_reader):
    text = tiny.TEXTS[2]
    whole, half = passage(text, 0), passage(text[10:], 10)
    spans = [span.span for span in SpanReader(tiny_reader, top_k=20).run(QUESTION, [whole, half])["spans"]]
    assert not any(a.start < b.end and b.start < a.end for i, a in enumerate(spans) for b in spans[:i])


def test_an_article_or_a_full_stop_is_no_further_answer(tiny_reader):
    text = "the tower . the library , the tower ."
    reader = SpanReader(tiny_reader, max_answer_tokens=1, top_k=100)
    every = [text[span.start : span.end] for span in reader._loaded().read(QUESTION, [text], count=100)[0]]
    assert {"the", ".", ","} & set(every[1:5])
    best, *others = (span.text for span in reader.run(QUESTION, documents([text]))["spans"])
    assert best == every[0]
    assert others
    assert set(others) <= {"tower", "library"}


def test_a_weight_of_the_rank_lets_the_first_passage_win(tiny_reader):
    reader = SpanReader(tiny_reader, rank_weight=1000.0)
    for favourite in tiny.TEXTS:
        texts = [favourite, *(text for text in tiny.TEXTS if text != favourite)]
        assert reader.run(QUESTION, documents(texts))["spans"][0].context == favourite


def test_the_rank_takes_its_logarithm_off_the_order_and_not_off_the_score(tiny_reader):
    weight = 0.7
    plain = SpanReader(tiny_reader, top_k=100).run(QUESTION, documents())["spans"]
    weighted = SpanReader(tiny_reader, top_k=100, rank_weight=weight).run(QUESTION, documents())["spans"]

    def order(answer):
        return answer.scores["reader"] - weight * math.log1p(tiny.TEXTS.index(answer.context))

    assert [order(answer) for answer in weighted] == sorted(map(order, weighted), reverse=True)
    assert {(a.context, a.span, a.scores["reader"]) for a in weighted} == {
        (a.context, a.span, a.scores["reader"]) for a in plain
    }


def test_documents_without_an_order_are_read_as_if_the_rank_had_no_weight(tiny_reader):
    weighted = SpanReader(tiny_reader, rank_weight=1000.0).read(QUESTION, documents(), ranked=False)
    assert weighted.answers == SpanReader(tiny_reader).read(QUESTION, documents()).answers


def test_the_rank_does_not_decide_about_abstaining(tiny_reader):
    for weight in (0.0, 1e6):
        reader = SpanReader(tiny_reader, null_threshold=1000.0, rank_weight=weight)
        assert reader.run(QUESTION, documents())["abstained"]


@pytest.mark.parametrize("top_k", [0, -1])
def test_top_k_below_one_is_an_error(tiny_reader, top_k):
    with pytest.raises(UserError, match="top_k must be at least 1"):
        SpanReader(tiny_reader, top_k=top_k)
    with pytest.raises(UserError, match="top_k must be at least 1"):
        SpanReader(tiny_reader).run(QUESTION, documents(), top_k=top_k)


def test_an_empty_question_is_an_error_even_without_documents(reader):
    with pytest.raises(UserError, match="question is empty"):
        reader.run("  ", [])


def test_without_a_calibration_there_is_no_confidence(reader):
    answer = reader.run(QUESTION, documents())["spans"][0]
    assert (answer.confidence, answer.confidence_basis) == (None, None)


def test_a_calibration_gives_confidence_and_its_basis(tiny_reader, tmp_path):
    features = SpanReader(tiny_reader).read(QUESTION, documents()).features
    assert set(features[0]) == set(FEATURES)
    pairs = [(row, number % 2 == 0) for number, row in enumerate(features * 4)]
    fingerprint = SpanReader(tiny_reader)._loaded().fingerprint
    confidence = fit_confidence(pairs, reader=fingerprint, basis="twenty answers")
    confidence.save(tmp_path / "confidence.json")
    found = SpanReader(tiny_reader, confidence=tmp_path / "confidence.json").run(QUESTION, documents())
    for answer, span, row in zip(found["answers"], found["spans"], features, strict=True):
        assert span.confidence == answer.meta["confidence"] == confidence.probability(row)
        assert span.confidence_basis == "twenty answers"


def test_it_goes_through_yaml(tiny_reader):
    pipeline = Pipeline()
    pipeline.add_component("reader", SpanReader(tiny_reader, top_k=3, null_threshold=-4.0, stride=8, threads=1))
    again = Pipeline.loads(pipeline.dumps())
    assert again.dumps() == pipeline.dumps()
    request = {"reader": {"query": QUESTION, "documents": documents()}}
    assert again.run(request)["reader"]["spans"] == pipeline.run(request)["reader"]["spans"]


def test_a_model_that_is_not_there_is_reported_at_warm_up():
    reader = SpanReader("no-such-reader")
    with pytest.raises(ModelError, match="no-such-reader"):
        reader.warm_up()


def test_spans_are_spans_of_the_type_that_rooms_share(reader):
    assert all(isinstance(answer.span, Span) for answer in reader.run(QUESTION, documents())["spans"])
