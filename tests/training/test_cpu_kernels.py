"""What replaces torch's attention and dropout on a CPU computes the same, only faster."""

import copy
import subprocess
import sys

import pytest

torch = pytest.importorskip("torch")

from carrel.training.cpu_kernels import ByteDropout, use_cpu_kernels  # noqa: E402


def gradients(model, batch):
    model.zero_grad()
    output = model(**batch)
    output.loss.backward()
    return output, {name: parameter.grad for name, parameter in model.named_parameters()}


@pytest.mark.parametrize("name", ["bert", "roberta", "distilbert"])
@pytest.mark.parametrize("padded", [False, True])
def test_logits_and_gradients_are_those_of_torch(tiny_base, name, padded):
    from transformers import AutoModelForQuestionAnswering

    usual = AutoModelForQuestionAnswering.from_pretrained(tiny_base / name, attn_implementation="sdpa").eval()
    ours = copy.deepcopy(usual)
    use_cpu_kernels(ours)
    assert ours.config._attn_implementation != "sdpa"
    ids = torch.randint(5, 50, (3, 20), generator=torch.Generator().manual_seed(0))
    mask = torch.ones_like(ids)
    if padded:
        mask[0, 12:] = 0
    batch = {
        "input_ids": ids,
        "attention_mask": mask,
        "start_positions": torch.tensor([2, 3, 4]),
        "end_positions": torch.tensor([5, 5, 5]),
    }
    (theirs, expected), (mine, found) = gradients(usual, batch), gradients(ours, batch)
    real = mask.bool()
    torch.testing.assert_close(mine.start_logits[real], theirs.start_logits[real], atol=1e-5, rtol=1e-4)
    assert expected.keys() == found.keys()
    for parameter, gradient in expected.items():
        if gradient is not None:
            torch.testing.assert_close(found[parameter], gradient, atol=1e-5, rtol=1e-3, msg=parameter)


def test_what_is_saved_names_nothing_of_ours(tiny_base, tmp_path):
    from transformers import AutoModelForQuestionAnswering

    model = AutoModelForQuestionAnswering.from_pretrained(tiny_base / "bert", attn_implementation="sdpa")
    use_cpu_kernels(model)
    model.save_pretrained(tmp_path)
    assert "carrel" not in (tmp_path / "config.json").read_text(encoding="utf-8")


def test_dropout_keeps_the_mean_and_is_drawn_from_the_seed():
    layer, ones = ByteDropout(0.1), torch.ones(40, 50, 51)
    torch.manual_seed(3)
    dropped = layer(ones)
    assert (dropped == 0).float().mean().item() == pytest.approx(26 / 256, abs=0.005)
    assert dropped.mean().item() == pytest.approx(1, abs=0.01)
    torch.manual_seed(3)
    assert torch.equal(layer(ones), dropped)
    assert not torch.equal(layer(ones), dropped)


def test_dropout_passes_gradients_where_it_kept_only():
    layer, inputs = ByteDropout(0.5), torch.ones(7, 9, requires_grad=True)
    output = layer(inputs)
    output.sum().backward()
    assert torch.equal(inputs.grad, output.detach())


@pytest.mark.parametrize("layer", [ByteDropout(0.5).eval(), ByteDropout(0.0)])
def test_nothing_is_dropped_outside_of_training_or_at_zero(layer):
    ones = torch.ones(8, 8)
    assert torch.equal(layer(ones), ones)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the C library of Linux is told to keep memory")
def test_memory_that_a_step_frees_stays_with_the_process():
    program = """
import resource, torch
from carrel.training.cpu_kernels import use_cpu_kernels

def faults(count=20):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(count):
        torch.ones(12_000_000)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

faults()
usual = faults()
use_cpu_kernels(torch.nn.Linear(2, 2))
faults()
print(usual, faults())
"""
    shown = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    usual, kept = map(int, shown.stdout.split())
    assert kept < 100 < 1000 < usual
