"""The desk's own elements: trees of nodes that the browser builds with the DOM's methods, never by parsing HTML."""

from carrel.ui.drawing.element import Event, draw
from carrel.ui.drawing.nodes import Node, node

__all__ = ["Event", "Node", "draw", "node"]
