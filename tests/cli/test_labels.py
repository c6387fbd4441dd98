"""carrel labels: in, checked against the texts, and out again; what labels refer to is kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from carrel.datasets import read_squad_set
from carrel.platform import Platform
from tests.cli.commands import Command

FIRST = "Warsaw is the capital of Poland. It stands on the Vistula river."
SECOND = "Łódź was a city of weavers 🐝. Many of its mills stand to this day."


@pytest.fixture
def carrel(tmp_path: Path) -> Command:
    command = Command(tmp_path / "home")
    texts = tmp_path / "texts"
    texts.mkdir()
    (texts / "Cities.txt").write_text(f"{FIRST}\n\n{SECOND}\n", encoding="utf-8")
    (texts / "Other.txt").write_text("Nothing about cities.\n", encoding="utf-8")
    with Platform(command.home) as desk:
        desk.index([texts], embed=False)
    return command


def question(identifier: str, text: str, context: str, *answers: str, shift: int = 0) -> dict:
    spans = [{"text": answer, "answer_start": context.index(answer) + shift} for answer in answers]
    return {"id": identifier, "question": text, "answers": spans, "is_impossible": not answers}


def squad(path: Path, *paragraphs: tuple[str, list[dict]]) -> str:
    data = [{"title": "Cities", "paragraphs": [{"context": context, "qas": asked} for context, asked in paragraphs]}]
    path.write_text(json.dumps({"version": "v2.0", "data": data}), encoding="utf-8")
    return str(path)


def lines(path: Path, *rows: dict) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def good_file(folder: Path) -> str:
    return squad(
        folder / "good.json",
        (
            FIRST,
            [question("1", "Which river?", FIRST, "Vistula", "the Vistula river"), question("2", "Which king?", FIRST)],
        ),
        (SECOND, [question("3", "Who lived there?", SECOND, "weavers 🐝")]),
    )


def test_squad_in_and_out(carrel: Command, tmp_path: Path) -> None:
    file = good_file(tmp_path)
    nothing_left_out = {"counts": {}, "listed": []}
    assert carrel.json("labels", "import", file) == {"added": 4, "known": 0, "problems": nothing_left_out}
    assert carrel.json("labels", "import", file) == {"added": 0, "known": 4, "problems": nothing_left_out}
    out = str(tmp_path / "out.json")
    assert carrel.json("labels", "export", out) == {"file": out, "written": 4, "gone": 0}
    before, after = read_squad_set(file).questions, read_squad_set(out).questions
    assert [(q.id, q.question, [a.text for a in q.answers]) for q in after] == [
        (q.id, q.question, [a.text for a in q.answers]) for q in before
    ]
    assert carrel.json("labels", "import", out)["known"] == 4, "what was written is what was kept"
    assert "4 labels written" in carrel.text("labels", "export", out)


def test_lines_in_and_out(carrel: Command, tmp_path: Path) -> None:
    carrel.json("labels", "import", good_file(tmp_path))
    out = tmp_path / "out.jsonl"
    carrel.json("labels", "export", str(out))
    rows = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert [row["answer"] for row in rows] == ["Vistula", "the Vistula river", None, "weavers 🐝"]
    assert rows[3]["start"] == FIRST.index("river.") + len("river.\n\n") + SECOND.index("weavers")
    assert carrel.json("labels", "import", str(out))["known"] == 4
    short = lines(tmp_path / "short.jsonl", {"question": "New?", "source": rows[0]["source"], "start": 0, "end": 6})
    assert carrel.json("labels", "import", short)["added"] == 1


def test_wrong_labels_are_counted_and_listed(carrel: Command, tmp_path: Path) -> None:
    shifted = squad(
        tmp_path / "shifted.json",
        (
            FIRST,
            [question("1", "Which river?", FIRST, "Vistula", shift=1), question("2", "Which land?", FIRST, "Poland")],
        ),
        ("A paragraph from elsewhere.", [question("3", "Where?", "A paragraph from elsewhere.", "elsewhere")]),
    )
    refused = carrel.run("labels", "import", shifted)
    assert (refused.code, refused.out) == (2, "")
    assert "question 1: 'Vistula' is not at offset" in refused.err
    assert "--on-bad skip" in refused.err
    assert carrel.json("labels", "export", str(tmp_path / "none.jsonl"))["written"] == 0
    done = carrel.json("labels", "import", shifted, "--on-bad", "skip")
    assert done["added"] == 1
    assert sum(done["problems"]["counts"].values()) == 2
    assert any("stands in no source" in problem["what"] for problem in done["problems"]["listed"])


def test_offsets_of_lines_are_compared_with_the_text(carrel: Command, tmp_path: Path) -> None:
    source = "Other.txt"
    bad = lines(
        tmp_path / "bad.jsonl",
        {"question": "a", "source": source, "start": 0, "end": 7, "answer": "Nothing"},
        {"question": "b", "source": source, "start": 1, "end": 8, "answer": "Nothing"},
        {"question": "c", "source": source, "start": 5, "end": 5000},
        {"question": "d", "source": "missing.txt", "start": 0, "end": 1},
        {"question": "e", "source": source, "version": "0" * 64, "start": 0, "end": 1},
        {"question": "f", "source": source, "start": None, "end": None},
    )
    done = carrel.json("labels", "import", bad, "--on-bad", "skip")
    assert done["added"] == 2
    assert list(done["problems"]["counts"].values()) == [2, 2]
    text = carrel.text("labels", "import", bad, "--on-bad", "skip")
    assert "line 2: 'Nothing' is not at characters 1 to 8 of 'Other.txt'" in text


def test_versions_with_labels_are_kept_until_they_are_purged(carrel: Command, tmp_path: Path) -> None:
    carrel.json("labels", "import", good_file(tmp_path))
    out = str(tmp_path / "out.jsonl")
    with Platform(carrel.home) as desk:
        (tmp_path / "texts" / "Cities.txt").write_text("Quite another text.\n", encoding="utf-8")
        desk.index([tmp_path / "texts"], embed=False)
        desk.store.compact(grace=0.0)
        assert not desk.search("Vistula", mode="bm25").hits, "the version is not searchable any more"
    assert carrel.json("labels", "export", out)["written"] == 4, "and its text is still there"
    carrel.json("delete", "Cities.txt", "--purge")
    assert carrel.json("labels", "export", out) == {"file": out, "written": 0, "gone": 4}


def test_a_file_of_no_known_format(carrel: Command, tmp_path: Path) -> None:
    for verb in ("import", "export"):
        outcome = carrel.run("labels", verb, str(tmp_path / "labels.csv"))
        assert (outcome.code, outcome.out) == (2, "")
        assert "name the format with --format" in outcome.err
    broken = tmp_path / "broken.jsonl"
    broken.write_text('{"question": "a", "source": "b", "start": 1}\n', encoding="utf-8")
    assert "'start' and 'end' must both be given" in carrel.run("labels", "import", str(broken)).err
