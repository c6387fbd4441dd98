"""The page that asks for the password; it stands alone, outside of Streamlit."""

from __future__ import annotations

from html import escape

_STYLE = """
:root { color-scheme: light dark; --paper: #faf9f6; --ink: #22262b; --soft: #5d646c; --line: #b9b5aa; --green: #25594a }
@media (prefers-color-scheme: dark) {
  :root { --paper: #16191d; --ink: #e6e4df; --soft: #a6abb1; --line: #535b64; --green: #8fcdb6 }
}
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif }
form { width: min(20rem, calc(100vw - 3rem)); display: grid; gap: .75rem }
h1 { font: 600 1.75rem/1.2 Georgia, serif; margin: 0 }
p { margin: 0; color: var(--soft) }
label { font-weight: 600 }
input { font: inherit; padding: .55rem .7rem; color: inherit; background: transparent; border: 1px solid var(--line);
  border-radius: .4rem }
button { font: inherit; font-weight: 600; padding: .6rem; border: 0; border-radius: .4rem; background: var(--green);
  color: var(--paper); cursor: pointer }
[role=alert] { color: #b3261e } @media (prefers-color-scheme: dark) { [role=alert] { color: #ffb4ab } }
"""


def login_page(note: str = "") -> str:
    """Return the page as HTML; `note` says why it is shown again."""
    said = f'<p role="alert">{escape(note)}</p>' if note else ""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Carrel</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<style>{_STYLE}</style></head><body><main><form method="post" action="/login"><h1>Carrel</h1>'
        "<p>This desk asks for its password.</p>"
        '<label for="password">Password</label>'
        '<input id="password" name="password" type="password" autocomplete="current-password" required autofocus>'
        f"{said}<button>Open the desk</button></form></main></body></html>"
    )
