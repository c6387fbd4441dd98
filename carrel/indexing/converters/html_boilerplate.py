"""What of a page is not its text: navigation, banners, footers, cookie notices, lists of links beside the text.

The rules lean to keeping: for its name or its links alone nothing is left out that holds much of a page's text.
"""

from __future__ import annotations

import re
from typing import Any

_TAGS = frozenset(("nav", "menu"))
_ROLE_NAMES = "navigation banner contentinfo search complementary dialog alertdialog menu menubar"
_ROLES = frozenset(_ROLE_NAMES.split())
_HEADINGS = tuple(f"h{level}" for level in range(1, 7))
_PARTS_OF_TEXT = ("article", "main", "blockquote", "section")
_UNSHOWN = frozenset(("script", "style", "noscript", "template", "head", "title"))
_NAMED_TAGS = frozenset(("div", "section", "aside", "ul", "ol", "p", "form", "header", "footer", "table", "a", "span"))
_NAME = re.compile(
    r"""(?:^|[\s_-])(?:
        cookies?|consent|gdpr|ccpa|onetrust|cookiebanner|cookieconsent
        |nav|navbar|navigation|menu|topbar|breadcrumbs?|skip|skiplinks?|pagination|pager
        |sidebar|sidenav|footer|masthead
        |share|sharing|sharethis|addthis|social|newsletter|popup|modal
        |advert|adverts|advertisement|ads|adsbygoogle|sponsored
    )(?:$|[\s_-])""",
    re.IGNORECASE | re.VERBOSE,
)
_STATE = re.compile(r"\b(?:has|with|no|show|is)[_-]\S*", re.IGNORECASE)
"""Names that tell a state of the page, not what an element is: `has-sidebar`."""

_LARGEST_SHARE = 0.3
"""Share of the page's text up to which an element is left out for its name or its links."""
_LEAST_LINKS = 5
_MOST_WORDS = 5
"""Words of a link, on average, up to which a list of nothing but links is navigation."""


class Boilerplate:
    """Tells the elements of a page that are left out, with everything in them."""

    def __init__(self, body: Any) -> None:
        self._most = _LARGEST_SHARE * _length(body)

    def holds(self, node: Any) -> bool:
        """Tell whether an element is no part of the page's text."""
        if node.tag in _TAGS or (node.get("role") or "").lower() in _ROLES:
            return True
        if node.tag in ("footer", "aside"):
            return _is_outside_text(node)
        if node.tag == "header":
            return node.getparent().tag == "body" and next(node.iter(*_HEADINGS), None) is None
        return (_has_telling_name(node) or _is_list_of_links(node)) and _length(node) <= self._most


def _is_outside_text(node: Any) -> bool:
    return next(node.iterancestors(*_PARTS_OF_TEXT), None) is None


def _has_telling_name(node: Any) -> bool:
    if node.tag not in _NAMED_TAGS:
        return False
    names = f"{node.get('id') or ''} {node.get('class') or ''}"
    return bool(_NAME.search(_STATE.sub("", names))) and next(node.iter("h1", "main", "article"), None) is None


def _is_list_of_links(node: Any) -> bool:
    if node.tag not in ("ul", "ol") or next(node.iterancestors("article", "main"), None) is not None:
        return False
    links = [" ".join(link.itertext()).split() for link in node.iter("a")]
    if len(links) < _LEAST_LINKS or sum(map(len, links)) > _MOST_WORDS * len(links):
        return False
    return _length(node) <= sum(len("".join(link)) for link in links)


def _length(node: Any) -> int:
    """Return how many characters of text an element shows, without white space."""
    shown = (element.text or "" for element in node.iter() if element.tag not in _UNSHOWN)
    tails = (element.tail or "" for element in node.iterdescendants())
    return sum(len("".join(text.split())) for texts in (shown, tails) for text in texts)
