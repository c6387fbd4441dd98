"""The package as a whole: what an import costs, what the wheel holds, what the README says."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import venv
from pathlib import Path

import pytest

import carrel

ROOT = Path(__file__).parent.parent
HEAVY = ("torch", "transformers", "haystack", "streamlit", "sqlalchemy", "onnxruntime", "faiss", "numpy")


def test_public_names_are_the_ones_listed() -> None:
    assert all(getattr(carrel, name) is not None for name in carrel.__all__)
    with pytest.raises(AttributeError, match="nonsense"):
        _ = carrel.nonsense


def test_import_loads_nothing_heavy() -> None:
    code = f"import sys, carrel; print([name for name in {HEAVY!r} if name in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_answering_needs_no_torch(tmp_path: Path) -> None:
    """The plain install has no torch: nothing on the way to an answer may import it."""
    (tmp_path / "note.txt").write_text("The kettle stands on the stove.", encoding="utf-8")
    code = (
        "import sys; sys.modules.update(dict.fromkeys(['torch', 'transformers', 'sentence_transformers']))\n"
        "from carrel import Platform\n"
        f"with Platform({str(tmp_path / 'home')!r}) as desk:\n"
        f"    desk.index({str(tmp_path / 'note.txt')!r})\n"
        "    print(desk.ask('Where does the kettle stand?').best.text)\n"
    )
    assert "stove" in subprocess.check_output([sys.executable, "-c", code], text=True)


def test_haystack_telemetry_is_off_even_if_haystack_came_first() -> None:
    code = (
        "import haystack, haystack.telemetry._telemetry as telemetry\n"
        "import carrel.platform\n"
        "print(telemetry.telemetry)"
    )
    environment = {**os.environ, "HAYSTACK_TELEMETRY_ENABLED": "false"}
    assert subprocess.check_output([sys.executable, "-c", code], text=True, env=environment).strip() == "None"


def test_the_readme_names_every_command_and_nothing_else() -> None:
    from carrel.cli.app import VERBS

    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^\| `carrel (\w+)", readme, flags=re.MULTILINE))
    assert named == set(VERBS)


def test_the_six_lines_of_the_readme_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    code = re.search(r"```python\n(from carrel.*?)```", readme, flags=re.DOTALL)
    assert code is not None
    papers = tmp_path / "papers"
    papers.mkdir()
    (papers / "encoder.txt").write_text("The encoder has six layers and learns graph neural networks.", "utf-8")
    environment = {**os.environ, "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code[1]], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert "six" in done.stdout.splitlines()[-1]


@pytest.mark.slow
def test_the_wheel_answers_a_question_in_an_empty_environment(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    [wheel] = tmp_path.glob("*.whl")
    assert wheel.stat().st_size < 100e6
    venv.create(tmp_path / "env", with_pip=True)
    python = tmp_path / "env" / ("Scripts" if os.name == "nt" else "bin") / "python"
    install = [python, "-m", "pip", "install", "--quiet", "--constraint", str(ROOT / "constraints.txt"), str(wheel)]
    subprocess.run(install, check=True)
    note = tmp_path / "note.txt"
    note.write_text("The kettle stands on the stove.", encoding="utf-8")
    ask = [python, "-m", "carrel", "ask", "Where does the kettle stand?", "--json"]
    environment = {**os.environ, "CARREL_HOME": str(tmp_path / "home")}
    subprocess.run([python, "-m", "carrel", "index", str(note)], check=True, env=environment, cwd=tmp_path)
    answered = json.loads(subprocess.check_output(ask, text=True, env=environment, cwd=tmp_path))
    assert "stove" in answered["answers"][0]["answer"]
    frozen = subprocess.check_output([python, "-m", "pip", "list", "--format", "json"], text=True)
    assert "torch" not in {package["name"] for package in json.loads(frozen)}
