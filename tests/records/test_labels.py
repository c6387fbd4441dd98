from carrel.records.label import Label
from carrel.records.labels import Labels
from carrel.types import Span


def test_a_label_is_kept_once(records) -> None:
    labels = Labels(records, "default")
    answer = Label("Who?", "a.txt", "v1", Span(3, 6), "q1", "dev.json")
    nothing = Label("When?", "a.txt", "v1", None)
    assert labels.add([answer, nothing, answer]) == 2
    assert labels.add([answer, Label("Who?", "a.txt", "v2", Span(3, 6), "q1")]) == 1
    assert labels.count() == 3
    kept = list(labels.all())
    assert [(label.question, label.version, label.span, label.question_id, label.origin) for label in kept] == [
        ("Who?", "v1", Span(3, 6), "q1", "dev.json"),
        ("When?", "v1", None, None, ""),
        ("Who?", "v2", Span(3, 6), "q1", ""),
    ]
    assert kept[0].id < kept[1].id
    assert kept[0].created > 0


def test_collections_have_labels_of_their_own(records) -> None:
    ours, theirs = Labels(records, "ours"), Labels(records, "theirs")
    label = Label("Who?", "a.txt", "v1", None)
    assert (ours.add([label]), theirs.add([label])) == (1, 1)
    [kept] = ours.all()
    assert theirs.remove([kept.id]) == 0
    assert ours.remove([kept.id]) == 1
    assert (ours.count(), theirs.count()) == (0, 1)


def test_many_labels_are_read_page_by_page(records) -> None:
    labels = Labels(records, "default")
    given = [Label(f"question {n}", f"source {n % 3}", "v", Span(n, n + 1)) for n in range(1203)]
    assert labels.add(given) == 1203
    assert labels.add(given) == 0
    assert [label.question for label in labels.all()] == [label.question for label in given]
    assert sum(1 for _ in labels.all(source="source 1")) == 401
