import json

from carrel.training.card import Ingredient, Metric, ModelCard, file_hash


def test_a_card_says_everything_twice_for_people_and_for_programs(tmp_path):
    (tmp_path / "train.json").write_text("{}")
    digest = file_hash(tmp_path / "train.json")
    card = ModelCard(
        name="small-reader",
        task="span reading",
        description="A reader | for tests.",
        licence="Apache-2.0",
        command="carrel train reader train.json --out small-reader",
        ingredients=(Ingredient("train.json", "training data", "CC BY-SA 4.0", digest),),
        parameters={"epochs": 1.0, "seed": 0},
        metrics=(Metric("F1", 0.81234, "40 held-out articles"),),
        limits=("English only.",),
        held_out=("Beyoncé", "Genome"),
    )
    card.write(tmp_path)
    recipe = json.loads((tmp_path / "recipe.json").read_text(encoding="utf-8"))
    page = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert recipe["ingredients"][0]["sha256"] == digest
    assert recipe["metrics"] == [{"name": "F1", "value": 0.81234, "data": "40 held-out articles"}]
    assert recipe["held_out"] == ["Beyoncé", "Genome"]
    assert recipe["versions"]["numpy"]
    for said in (
        "CC BY-SA 4.0",
        digest[:16],
        "0.8123",
        "40 held-out articles",
        "English only.",
        "Beyoncé, Genome",
        card.command,
    ):
        assert said in page


def test_a_bar_does_not_break_a_table():
    card = ModelCard("m", "t", "d", "l", "c", (Ingredient("a|b", "base", "MIT"),), {})
    assert "| a\\|b | base | MIT |  |" in card.markdown()
