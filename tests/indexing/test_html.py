"""HTML: paragraphs, headings, lists and tables, without what is not the page's text."""

from __future__ import annotations

import pytest

from carrel.errors import ConversionError
from carrel.indexing.converters import convert
from carrel.indexing.converters.document import Converted
from carrel.types import Heading


def read(source: str | bytes, name: str = "page.html") -> Converted:
    return convert(source if isinstance(source, bytes) else source.encode(), name)


def test_blocks_become_paragraphs_and_inline_tags_nothing() -> None:
    head = "<title> A  page </title>"
    page = head + "<body><h1>Tea\n pot</h1><p>One <b>bold</b>\n   word<br>next</p>loose<div>box</div></body>"
    text = read(page).text

    assert text.text == "Tea pot\n\nOne bold word\nnext\n\nloose\n\nbox"
    assert text.title == "A page"
    assert text.headings == (Heading(0, 1, "Tea pot"),)


def test_navigation_scripts_and_hidden_parts_are_left_out() -> None:
    page = (
        "<body><header>Logo</header><nav><a>Home</a></nav><main><p>Text<script>x()</script> here</p>"
        "<p style='display: none'>gone</p><article><header><p>By Ann</p></header></article></main>"
        "<footer>Imprint</footer><style>p {}</style></body>"
    )

    assert read(page).text.text == "Text here\n\nBy Ann"


def test_a_page_of_nothing_but_navigation_keeps_it() -> None:
    assert read("<body><nav><a>Home</a></nav></body>").text.text == "Home"


def test_lists_and_preformatted_text() -> None:
    page = "<ul><li>a<ul><li>b</li></ul></li><li><p>c</p></li></ul><ol start=3><li>d<li>e</ol><pre>\n  x\n   y</pre>"

    assert read(page).text.text == "• a\n  • b\n• c\n\n3. d\n4. e\n\n  x\n   y"


def test_tables_of_values_become_rows_and_tables_of_layout_paragraphs() -> None:
    values = (
        "<table><caption>Ages</caption><tr><th>Name<th>Age<th></tr><tr><td>Ann &amp; Bo<td><p>7</p><td></tr></table>"
    )
    layout = "<table><tr><td><h2>Head</h2><p>One</p></td><td><p>Two</p></td></tr></table>"

    assert read(values).text.text == "Ages\n\nName | Age\nAnn & Bo | 7"
    assert read(layout).text.text == "Head\n\nOne\n\nTwo"


@pytest.mark.parametrize(
    "data",
    [
        "<meta charset=iso-8859-1><p>caf\u00e9</p>".encode("latin-1"),
        '<meta http-equiv="Content-Type" content="text/html; charset=windows-1252"><p>caf\u00e9</p>'.encode("cp1252"),
        "<p>caf\u00e9</p>".encode("utf-16"),
        "\ufeff<p>caf\u00e9</p>".encode(),
        '<?xml version="1.0" encoding="utf-8"?><html><body><p>caf\u00e9</p></body></html>'.encode(),
    ],
)
def test_declared_and_marked_encodings(data: bytes) -> None:
    assert read(data).text.text == "caf\u00e9"


def test_metadata_of_the_head() -> None:
    page = (
        '<html lang="en"><head><meta name="Author" content="Ann"><meta name=description content="x  y"></head>t</html>'
    )

    assert read(page).meta == {"author": "Ann", "description": "x y", "language": "en"}


@pytest.mark.parametrize("page", ["", "  \n", "<!-- x -->", "<html><body><script>x</script></body></html>"])
def test_a_page_without_text_is_refused(page: str) -> None:
    with pytest.raises(ConversionError) as caught:
        read(page)
    assert caught.value.error == "no text"


LINKS = "".join(f"<li><a href='/{n}'>Page {n}</a></li>" for n in range(6))
TEXT = (
    "<h1>Kettle</h1><p>The kettle boils water for tea, and then it whistles loudly at noon, every day of the week.</p>"
    * 3
)


@pytest.mark.parametrize(
    "left_out",
    [
        "<div id='cookie-banner'><p>We use cookies.</p></div>",
        "<div class='breadcrumbs'><a>Home</a> &gt; <a>Docs</a></div>",
        "<div class='left sidebar'><h3>Recent</h3><p>One</p></div>",
        "<aside>Read this too</aside>",
        "<div role='dialog'>Subscribe!</div>",
        "<a class='skip-link' href='#main'>Skip to main content</a>",
        f"<ul>{LINKS}</ul>",
    ],
)
def test_what_stands_around_the_text_is_left_out(left_out: str) -> None:
    page = f"<body class='has-sidebar'>{left_out}<div class='content'>{TEXT}</div></body>"

    assert read(page).text.text == read(TEXT).text.text


@pytest.mark.parametrize(
    "kept",
    [
        f"<main><ul>{LINKS}</ul></main>",
        "<article><aside>A note.</aside></article>",
        "<div class='cookies'><h1>Cookies</h1><p>Bake them for ten minutes.</p></div>",
        "<ul><li><a>One</a></li><li><a>Two</a></li></ul>",
    ],
)
def test_what_may_be_text_is_kept(kept: str) -> None:
    assert len(read(f"<body>{TEXT}{kept}</body>").text.text) > len(read(TEXT).text.text)
