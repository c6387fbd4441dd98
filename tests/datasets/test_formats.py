import pytest

from carrel.datasets import RetrievalSet, SquadSet, SubjqaSet, open_dataset
from carrel.errors import DataFormatError


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("beir/scifact", RetrievalSet),
        ("squad/dev-v1.1.json", SquadSet),
        ("squad/dev-v2.0.json.gz", SquadSet),
        ("subjqa/books-dev.csv", SubjqaSet),
        ("subjqa/books-dev.csv.gz", SubjqaSet),
    ],
)
def test_recognises_each_format(carrel_data, name, kind) -> None:
    assert isinstance(open_dataset(carrel_data / name), kind)


def test_what_is_not_supported_names_what_is(tmp_path) -> None:
    (tmp_path / "set.parquet").write_bytes(b"PAR1")
    for path in (tmp_path / "set.parquet", tmp_path / "missing"):
        with pytest.raises(DataFormatError, match=r"supported are a BEIR folder .* a SQuAD .* a SubjQA file"):
            open_dataset(path)


def test_files_have_no_splits(put) -> None:
    with pytest.raises(DataFormatError, match="it has no splits to choose from"):
        open_dataset(put("dev.json", '{"data": []}'), split="test")


def test_an_empty_squad_file(put) -> None:
    assert open_dataset(put("dev.json", '{"data": []}')).questions == []
