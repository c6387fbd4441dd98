"""Where sentences end, by rules: for cutting long paragraphs, in any language that ends sentences with a mark."""

from __future__ import annotations

import re

_CLOSING = "\"')\\]\u00bb\u2019\u201d"
_ENDINGS = re.compile(
    rf"""
    (?P<wide>[\u3002\uff01\uff1f\uff61][{_CLOSING}\u300d\u300f\uff09]*\s*)    # full-width marks need no space
    | (?P<mark>[.!?\u2026\u203d\u061f\u06d4\u0964\u0965]+)[{_CLOSING}]*(?P<gap>\s+)  # a mark, quotes, white space
    | (?P<blank>\n[^\S\n]*\n\s*)                                              # a blank line
    | (?P<line>[^\S\n]*\n)(?=[ \t]|[\u2022*+\u2013-]\s|\d{{1,3}}[.)]\s|\|)      # a line that begins an item or is code
    """,
    re.VERBOSE,
)
_OPENING = "\"'(\\[{\u00ab\u2018\u201c"
_WORD_BEFORE = re.compile(rf"[^\s{_OPENING}]+$")
_FIRST_WORD = re.compile(rf"[{_OPENING}]*(\w+)")
_DOTTED = re.compile(r"(?:\w\.)+\w")
_TABLE_CELL = " | "

# Always followed by more of the sentence.
_NEVER_LAST_WORDS = """
mr mrs ms mx dr prof rev st sen gov gen lt sgt capt cmdr adm maj pres messrs mme mlle hr frau sr sra srta dra sig fig
figs eq eqs secs chap nos nr vol vols pp eds refs approx ca cf e.g eg i.e ie viz vs v resp al incl z.b d.h u.a bzw ggf
vgl sog geb p.ex n.b
"""
_NEVER_LAST = frozenset(_NEVER_LAST_WORDS.split())
# May end a sentence too: only a word that often begins one tells.
_MAYBE_LAST_WORDS = """
inc ltd co corp llc plc bros jr esq etc dept univ assn est min max avg misc a.m p.m am pm u.s u.k u.n e.u d.c b.c a.d
ph.d m.d b.a m.a b.sc m.sc usw jan feb mar apr jun jul aug sep sept oct nov dec mon tue wed thu fri sat sun ave blvd
rd hwy ft sq lb lbs oz no art ed ref tab op str hon rep sec col mt fr ch p
"""
_MAYBE_LAST = frozenset(_MAYBE_LAST_WORDS.split())
_STARTERS_WORDS = """
the a an this that these those it its he she they we i you his her their our there here in on at by for from with as
after before during since while when where what who why how if although though because but and or so yet however
moreover furthermore thus therefore also then many most some several one two both each all no not another other der
die das ein eine es er sie wir le la les un une il elle ils el los las una
"""
_STARTERS = frozenset(_STARTERS_WORDS.split())


def sentence_starts(text: str, start: int = 0, end: int | None = None) -> list[int]:
    """Return the offsets at which the sentences of `text[start:end]` begin; the first is `start` itself.

    White space after a sentence belongs to it.
    """
    stop = len(text) if end is None else end
    found = [start]
    for match in _ENDINGS.finditer(text, start, stop):
        if match.end() < stop and match.end() > found[-1] and _ends_here(text, match, found[-1], stop):
            found.append(match.end())
    return found


def _ends_here(text: str, match: re.Match[str], begin: int, stop: int) -> bool:
    if match["mark"] is None:
        return True
    following = text[match.end() : match.end() + 1]
    if following.islower():
        return False
    if "\n" in match["gap"] and _TABLE_CELL in _line_at(text, match.end(), stop):
        return True
    if match["mark"] != ".":
        return True
    word = _WORD_BEFORE.search(text, max(begin, match.start() - 40), match.start())
    return word is None or not _goes_on(word[0], text, match, begin)


def _goes_on(word: str, text: str, match: re.Match[str], begin: int) -> bool:
    """Tell whether the full stop after `word` marks an abbreviation, an initial or an item's number."""
    lower = word.lower()
    if lower in _NEVER_LAST:
        return True
    if word.isdecimal():
        # "1. First": the number of an item, at the beginning of its sentence or line.
        head = text[begin : match.start() - len(word)]
        return len(word) <= 3 and (not head.strip() or head.endswith("\n"))
    initial = len(word) == 1 and word.isalpha() and word.isupper() and word != "I"
    if initial or lower in _MAYBE_LAST or _DOTTED.fullmatch(word):
        return _first_word(text, match.end()).lower() not in _STARTERS
    return False


def _first_word(text: str, offset: int) -> str:
    found = _FIRST_WORD.match(text, offset)
    return found[1] if found else ""


def _line_at(text: str, offset: int, stop: int) -> str:
    newline = text.find("\n", offset, stop)
    return text[offset : newline if newline >= 0 else stop]
