"""Where sentences end."""

from __future__ import annotations

import pytest

from carrel.indexing.sentences import sentence_starts


@pytest.mark.parametrize(
    "marked",
    [
        "It rained.| We stayed.| Why?| \u201cBecause!\u201d| He left.",
        "Dr. Smith met Mr. J. R. Jones at 3.5 km, i.e. Fig. 2 shows it.| Next.",
        "They moved to the U.S. Army base in Washington D.C. in May.| The U.S.| It is big.",
        "It costs No. 5 at Acme Inc.| The price fell 3.5 percent to 1.2.| Then it rose.",
        "See e.g. Section 3, cf. Miller et al. 2010.| However, ... more was said.",
        "Das gilt z.B. f\u00fcr Dr. M\u00fcller.| Er kam um 5 Uhr.",
        "\u6771\u4eac\u306f\u5927\u304d\u3044\u3002|\u5927\u962a\u3082\u5927\u304d\u3044\uff01|\u306f\u3044\u3002",
        "One\n\n|Two goes on\nhere.| Three",
        "Items:\n|\u2022 first\n|\u2022 second.| More\n|1. third",
        "what is lower. case stays together",
    ],
)
def test_sentences(marked: str) -> None:
    text = marked.replace("|", "")
    starts = [0]
    for part in marked.split("|")[:-1]:
        starts.append(starts[-1] + len(part))
    # White space belongs to the sentence before.
    wanted = [start + len(text[start:]) - len(text[start:].lstrip()) for start in starts]

    assert sentence_starts(text) == wanted


def test_a_part_of_a_text_is_read_by_itself() -> None:
    text = "One. Two. Three. Four."

    assert sentence_starts(text, 5, 17) == [5, 10]
