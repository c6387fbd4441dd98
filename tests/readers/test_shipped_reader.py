"""The reader that ships, on questions that a person would ask."""

import subprocess
import sys

import pytest

from carrel._haystack import Document
from carrel.models.locate import packaged_models
from carrel.models.manifest import ReaderManifest, read_manifest, verify_files
from carrel.readers.span_reader import SpanReader

pytestmark = pytest.mark.skipif(
    "carrel-reader" not in packaged_models(), reason="the reader's weights are not built yet"
)

PASSAGES = [
    "The Eiffel Tower is a wrought-iron lattice tower on the Champ de Mars in Paris, France. It is named after the "
    "engineer Gustave Eiffel, whose company designed and built the tower from 1887 to 1889.",
    "Penicillin was discovered in 1928 by the Scottish scientist Alexander Fleming at St. Mary's Hospital in London.",
    "The Amazon River in South America is the largest river by discharge volume of water in the world. Its most "
    "distant source lies in the Cordillera Rumi Cruz of Peru.",
    "Photosynthesis is the process by which plants turn light energy into chemical energy, which is stored in sugars.",
]


@pytest.fixture(scope="module")
def reader():
    return SpanReader()


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Who discovered penicillin?", "Alexander Fleming"),
        ("When was penicillin discovered?", "1928"),
        ("Who is the Eiffel Tower named after?", "Gustave Eiffel"),
        ("In which city is the Eiffel Tower?", "Paris"),
        ("What do plants turn light energy into?", "chemical energy"),
    ],
)
def test_it_finds_the_answer_among_passages(reader, question, answer):
    found = reader.run(question, [Document(content=text) for text in PASSAGES])
    assert answer in found["spans"][0].text
    assert not found["abstained"]


def test_an_answer_scores_higher_than_what_a_question_without_one_gets(reader):
    documents = [Document(content=text) for text in PASSAGES]
    answered = reader.run("Who discovered penicillin?", documents)["spans"][0]
    unanswered = reader.run("Which spices belong into a vindaloo?", documents)["spans"][0]
    assert answered.scores["reader"] > unanswered.scores["reader"] + 5


def test_the_files_are_what_the_manifest_says():
    folder = packaged_models()["carrel-reader"]
    manifest = read_manifest(folder, ReaderManifest)
    verify_files(folder, manifest.files)
    assert sum(record.size for record in manifest.files.values()) <= 35 * 1024 * 1024


def test_reading_touches_neither_torch_nor_transformers():
    code = (
        "import sys; from carrel.models.span_reader import load_span_model;"
        "load_span_model().read('Who?', ['She did.']);"
        "sys.exit(sorted({'torch', 'transformers'} & sys.modules.keys()) or 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
