"""Training a tiny reader for real: it learns, it continues after a kill, and it refuses what is not its own."""

import dataclasses

import pytest

from carrel.datasets.squad import GoldSpan, SquadQuestion
from carrel.errors import ModelError
from carrel.models.span_reader import load_span_model
from carrel.models.windows import WindowCutter
from carrel.training.reader import ReaderArguments, make_examples, train_reader
from tests.models import tiny

torch = pytest.importorskip("torch")

pytestmark = pytest.mark.usefixtures("one_thread")


def question(number, text, answer, context):
    golds = (GoldSpan(answer, context.index(answer)),) if answer else ()
    return SquadQuestion(str(number), text, "Tower", context, golds)


QUESTIONS = [
    question(1, "Who built the tower?", "Gustave Eiffel's company", tiny.TEXTS[2]),
    question(2, "When did the river rise?", "after the rain of April", tiny.TEXTS[3]),
    question(3, "How many places did the library built?", "forty", tiny.TEXTS[1]),
    question(4, "Who built the tower?", None, tiny.TEXTS[0]),
]
ARGUMENTS = ReaderArguments(
    epochs=30, batch_size=2, learning_rate=3e-3, max_tokens=64, stride=8, precision="fp32", checkpoint_steps=10
)


def weights(folder):
    from safetensors.torch import load_file

    return load_file(str(folder / "model.safetensors"))


@pytest.fixture(scope="module")
def trained(tiny_base, tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained")
    losses = []
    train_reader(tiny_base / "base", QUESTIONS, folder, ARGUMENTS, lambda step, steps, loss: losses.append(loss))
    assert len(losses) == 60
    return folder


def test_it_learns_its_examples(trained):
    model = load_span_model(trained, device="cpu")
    for one in QUESTIONS:
        best = model.read(one.question, [one.context], count=1)[0][0]
        if one.answers:
            assert one.context[best.start : best.end] == one.answers[0].text
            assert best.score > 0
        else:
            assert best.score < 0


def test_a_killed_run_continues_as_if_nothing_had_happened(tiny_base, trained, tmp_path):
    class KilledError(Exception):
        pass

    def kill(step, steps, loss):
        if step == 35:
            raise KilledError

    with pytest.raises(KilledError):
        train_reader(tiny_base / "base", QUESTIONS, tmp_path, ARGUMENTS, kill)
    steps = []
    train_reader(tiny_base / "base", QUESTIONS, tmp_path, ARGUMENTS, lambda step, total, loss: steps.append(step))
    assert steps[0] == 31
    whole, continued = weights(trained), weights(tmp_path)
    assert all(torch.equal(whole[name], continued[name]) for name in whole)
    assert not (tmp_path / "checkpoint.pt").exists()


def test_a_share_of_the_base_is_kept_in_the_weights(trained, tmp_path):
    arguments = dataclasses.replace(ARGUMENTS, epochs=1)

    def further(share):
        train_reader(trained, QUESTIONS, tmp_path / f"{share}", arguments, lambda *_: None, base_share=share)
        return weights(tmp_path / f"{share}")

    base, moved, mixed = weights(trained), further(0.0), further(0.25)
    assert any(not torch.equal(base[name], moved[name]) for name in base)
    for name, tensor in mixed.items():
        torch.testing.assert_close(tensor, 0.25 * base[name] + 0.75 * moved[name])


def test_no_share_is_kept_of_a_base_that_cannot_read(tiny_base, tmp_path):
    with pytest.raises(ModelError, match="no span reader"):
        train_reader(tiny_base / "base", QUESTIONS, tmp_path, ARGUMENTS, lambda *_: None, base_share=0.5)


def test_a_checkpoint_of_other_data_is_refused(tiny_base, tmp_path):
    def kill(step, steps, loss):
        if step == 15:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_reader(tiny_base / "base", QUESTIONS, tmp_path, ARGUMENTS, kill)
    with pytest.raises(ModelError, match="other data or arguments"):
        train_reader(tiny_base / "base", QUESTIONS[:3], tmp_path, ARGUMENTS, lambda *_: None)


def test_nothing_to_train_on_is_an_error(tiny_base, tmp_path):
    with pytest.raises(ModelError, match="nothing to train on"):
        train_reader(tiny_base / "base", [], tmp_path, ARGUMENTS, lambda *_: None)


def test_a_window_without_the_answer_points_at_its_first_token():
    cutter = WindowCutter(tiny.wordpiece(), max_tokens=24, stride=4)
    context = " ".join(tiny.TEXTS)
    examples = make_examples([question(1, "Who?", "Gustave Eiffel's company", context)], cutter)
    holding = [example for example in examples if example.start]
    assert len(examples) > len(holding) > 0
    for example in holding:
        first, last = (int(position) - example.window.first for position in (example.start, example.end))
        offsets = example.window.offsets
        assert context[offsets[first, 0] : offsets[last, 1]] == "Gustave Eiffel's company"
    assert all(example.end == 0 for example in examples if not example.start)
