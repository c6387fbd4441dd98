"""What Streamlit runs for every visitor and after every click: the frame around the pages, and the page itself."""

from carrel.ui.frame import show

show()
