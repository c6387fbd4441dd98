import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrel.datasets import read_qrels, read_run, write_qrels, write_run
from carrel.errors import DataFormatError

identifiers = st.text("abc019-_.:é", min_size=1, max_size=5)


def test_reads_qrels_and_runs(put) -> None:
    assert read_qrels(put("a.qrels", "q1 0 d1 2\nq1\t0\td2\t0\n")) == {"q1": {"d1": 2, "d2": 0}}
    assert read_run(put("a.run", "q1 Q0 d1 9 1.5 tag\nq1 Q0 d2 1 2e-3 tag\n")) == {"q1": {"d1": 1.5, "d2": 0.002}}


@given(st.dictionaries(identifiers, st.dictionaries(identifiers, st.integers(-1, 4), min_size=1), max_size=3))
def test_qrels_come_back_as_written(tmp_path_factory, qrels) -> None:
    path = tmp_path_factory.mktemp("trec") / "a.qrels"
    write_qrels(path, qrels)
    assert read_qrels(path) == qrels


@given(
    st.dictionaries(
        identifiers,
        st.dictionaries(identifiers, st.floats(allow_nan=False, allow_infinity=False), min_size=1),
        max_size=3,
    )
)
def test_runs_come_back_as_written(tmp_path_factory, run) -> None:
    path = tmp_path_factory.mktemp("trec") / "a.run"
    write_run(path, run)
    assert read_run(path) == run


def test_runs_are_written_best_first_with_ties_by_id(tmp_path) -> None:
    write_run(tmp_path / "a.run", {"q": {"b": 1.0, "a": 1.0, "c": 2.0}}, tag="t")
    assert (tmp_path / "a.run").read_text() == "q Q0 c 1 2.0 t\nq Q0 a 2 1.0 t\nq Q0 b 3 1.0 t\n"
    assert [p.name for p in tmp_path.iterdir()] == ["a.run"]


@pytest.mark.parametrize(
    ("read", "line", "message"),
    [
        (read_qrels, "q1 d1 1", "line 2: expected 'query iteration document grade'"),
        (read_qrels, "q1 0 d1 high", "line 2: the grade 'high'"),
        (read_run, "q1 Q0 d1 1 1.0", "line 2: expected 'query Q0 document rank score tag'"),
        (read_run, "q1 Q0 d1 1 x tag", "line 2: the score 'x' is no number"),
        (read_run, "q1 Q0 d1 1 nan tag", "line 2: the score 'nan' is not finite"),
        (read_run, "q0 Q0 d0 2 0.5 tag", "line 2: document 'd0' is ranked twice"),
    ],
)
def test_errors_name_the_line(put, read, line, message) -> None:
    first = "q0 0 d0 1" if read is read_qrels else "q0 Q0 d0 1 1.0 tag"
    with pytest.raises(DataFormatError, match=message):
        read(put("file", f"{first}\n{line}\n"))


def test_ids_that_the_format_cannot_hold(tmp_path) -> None:
    with pytest.raises(DataFormatError, match="'my id' cannot stand in a TREC file"):
        write_qrels(tmp_path / "a.qrels", {"my id": {"d": 1}})
    assert list(tmp_path.iterdir()) == []
