"""Markdown: the text that a reader of the rendered page sees."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carrel.errors import ConversionError
from carrel.indexing.converters import convert
from carrel.indexing.converters.document import Converted
from carrel.types import Heading


def read(source: str, name: str = "page.md") -> Converted:
    return convert(source.encode(), name)


def test_markup_is_gone_and_text_stays() -> None:
    text = read(
        "# Tea\n\nBoil *fresh* **water** with `kettle`,\nsee [the manual](http://x.org) &amp; ![a pot](p.png).\n"
    ).text

    assert text.text == "Tea\n\nBoil fresh water with kettle, see the manual & a pot."
    assert text.title == "Tea"
    assert text.headings == (Heading(0, 1, "Tea"),)


def test_front_matter_is_title_and_metadata() -> None:
    converted = read("---\ntitle: Brewing\ntags: [tea, water]\ndate: 2024-05-01\ndraft: false\n---\n# Tea\n\nText.\n")

    assert converted.text.title == "Brewing"
    assert converted.meta == {"tags": ["tea", "water"], "date": "2024-05-01", "draft": False}
    assert converted.text.text.startswith("Tea")


def test_a_rule_at_the_top_is_no_front_matter() -> None:
    assert read("---\n\nNot: [valid\n\n---\n\nText\n").text.text.endswith("Text")


def test_code_is_kept_as_it_stands() -> None:
    text = read("Run:\n\n```python\nif x:\n    # not a heading\n    print('*')\n```\n").text

    assert text.text == "Run:\n\nif x:\n    # not a heading\n    print('*')"
    assert text.headings == ()


def test_tables_become_rows() -> None:
    text = read("| Leaf | Minutes |\n| --- | --- |\n| *green* | 2 |\n| black | 4 |\n").text.text

    assert text == "Leaf | Minutes\ngreen | 2\nblack | 4"


def test_a_table_without_a_header_loses_the_empty_row() -> None:
    assert read("|  |  |\n| --- | --- |\n| a | b<br />c |\n").text.text == "a | b c"


def test_lists_keep_their_order_and_depth() -> None:
    text = read("Steps:\n\n3. warm\n4. pour\n   - slowly\n\nDone.\n").text.text

    assert text == "Steps:\n\n3. warm\n4. pour\n  • slowly\n\nDone."


def test_html_inside_is_read_as_html() -> None:
    text = read("<details>\n<summary>More</summary>\n\nHidden **text**\n\n</details>\n<!-- note -->\n").text.text

    assert text == "More\n\nHidden text"


def test_admonitions_keep_their_title() -> None:
    text = read(":::note[Careful]\nHot.\n:::\n\n:::tip\nCover it.\n:::\n").text.text

    assert text == "Careful\n\nHot.\n\nTip\n\nCover it."


def test_heading_ids_are_not_shown() -> None:
    assert read("## Brewing time {#time}\n\nText\n").text.headings == (Heading(0, 2, "Brewing time"),)


def test_a_page_without_title_is_named_by_its_file() -> None:
    assert read("Just text.", "My_notes.v2.md").text.title == "My_notes.v2"


def test_a_page_without_text_is_refused() -> None:
    with pytest.raises(ConversionError) as caught:
        read("---\ntitle: Nothing\n---\n<!-- comment -->\n")
    assert caught.value.error == "no text"


MDX = """---
title: Home
---
import Tabs from '@theme/Tabs';
import {
  One,
} from "./one";
export const x = 1;

{/* a comment */}

<Tabs>
  <TabItem value="py" label="Python" default>

    ```python
    import os
    <keep>this</keep>
    ```

  </TabItem>
</Tabs>

<div className="box" style={{color: 'red'}}>
Some *text* with `<your-key>` and <Badge kind="new" /> marks{" "}here.
</div>

<CodeBlock language="py" title="Example">{`a = \\`b\\`

c = 1`}</CodeBlock>

<Image src="/x.png" alt="A drawing" />
"""


def test_mdx_drops_imports_and_tags_but_not_their_text() -> None:
    text = read(MDX, "page.mdx").text

    assert text.text == (
        "Python\n\nimport os\n<keep>this</keep>\n\nSome text with <your-key> and  marks here.\n\n"
        "Example\n\na = `b`\n\nc = 1\n\nA drawing"
    )
    assert text.title == "Home"


MARKS = st.sampled_from(
    [
        "# ",
        "## ",
        "### ",
        "- ",
        "1. ",
        "> ",
        "*",
        "**",
        "`",
        "\n",
        "\n\n",
        "| a | b |\n|--|--|\n| c | d |\n",
        "<b>",
        "```\n",
    ]
)


@given(
    st.lists(MARKS | st.text(max_size=20), max_size=30).map("".join), st.sampled_from([".md", ".mdx", ".html", ".txt"])
)
@settings(max_examples=300, deadline=None)
def test_headings_stand_where_they_say_whatever_the_source(source: str, suffix: str) -> None:
    try:
        text = convert(source.encode("utf-8", "surrogatepass"), "a" + suffix).text
    except ConversionError as error:
        if error.error not in {"no text", "not text", "unknown encoding"}:
            raise
        return
    assert text.text.strip()
    assert text.title
    for heading in text.headings:
        assert text.text[heading.start : heading.start + len(heading.text)] == heading.text
    assert [heading.start for heading in text.headings] == sorted({heading.start for heading in text.headings})
    assert "\r" not in text.text
    assert "\0" not in text.text
    text.text.encode()
