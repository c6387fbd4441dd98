"""What commands print of their progress where no terminal shows a bar."""

from carrel.cli import output


def test_progress_without_a_terminal_is_a_line_now_and_then(monkeypatch, capsys):
    monkeypatch.setattr(output, "_EVERY", 0.0)
    with output.shown_progress() as progress:
        progress("training", 1250, 5000, "steps")
        progress("reading", 3, None, "files")
    shown = capsys.readouterr()
    assert shown.err == "training: 1,250 of 5,000 steps\nreading: 3 files\n"
    assert shown.out == ""


def test_what_is_soon_done_writes_no_progress(capsys):
    with output.shown_progress() as progress:
        for done in range(100):
            progress("reading", done, 100, "files")
    assert capsys.readouterr().err == ""
