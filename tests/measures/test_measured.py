import json
import math
import subprocess
import sys

import pytest

from carrel.measures import Latency, Measured, NotMeasured, Throughput, measurement


def test_null_comes_with_its_reason() -> None:
    assert measurement(0.0, "not used") == Measured(0.0)
    missing = measurement(None, "no question has an answer")
    assert missing == NotMeasured("no question has an answer")
    assert missing.value is None
    assert json.dumps(missing.to_json()) == '{"value": null, "reason": "no question has an answer"}'
    assert Measured(0.5).to_json() == {"value": 0.5}


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_what_json_cannot_say_is_refused(value) -> None:
    with pytest.raises(ValueError, match="is no measurement"):
        Measured(value)


def test_latency() -> None:
    assert Latency.of([0.1, 0.3, 0.2]).to_json() == {"p50": 0.2, "p95": pytest.approx(0.29), "calls": 3}
    assert Latency.of([]) == Latency(None, None, 0)


def test_throughput() -> None:
    assert Throughput(10, 2.0, "questions").per_second == 5
    assert Throughput(10, 0.0, "questions").to_json()["per second"] is None


def test_peak_memory_grows_with_what_is_held() -> None:
    program = """
from carrel.measures import peak_memory
before = peak_memory().value
held = b"x" * 100_000_000
print(-1 if before is None else peak_memory().value - before)
"""
    grown = float(subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout)
    assert grown == -1 or grown > 90_000_000
