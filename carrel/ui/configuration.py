"""Streamlit's options for the desk: its colours and types, nothing of Streamlit's own around it, nothing sent out."""

from __future__ import annotations

from typing import Any

UPLOAD_MB = 100
"""Largest file that is taken through the browser; larger ones are synced from a folder."""

_SANS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', sans-serif"
_SERIF = "Charter, 'Bitstream Charter', 'Iowan Old Style', 'Source Serif', Georgia, serif"

_LIGHT = {
    "primaryColor": "#25594a",
    "backgroundColor": "#faf9f6",
    "secondaryBackgroundColor": "#efede6",
    "textColor": "#22262b",
    "linkColor": "#1f5f8b",
    "borderColor": "#d9d5ca",
}
_DARK = {
    "primaryColor": "#8fcdb6",
    "backgroundColor": "#16191d",
    "secondaryBackgroundColor": "#20252b",
    "textColor": "#e6e4df",
    "linkColor": "#8ec3ea",
    "borderColor": "#39414a",
}


def streamlit_options() -> dict[str, Any]:
    """Return the options by their dotted names."""
    return {
        "browser.gatherUsageStats": False,
        "client.showErrorDetails": "none",
        "client.toolbarMode": "minimal",
        "logger.hideWelcomeMessage": True,
        "runner.magicEnabled": False,
        "server.enableStaticServing": False,
        "server.fileWatcherType": "none",
        "server.headless": True,
        "server.maxUploadSize": UPLOAD_MB,
        "server.runOnSave": False,
        "server.showEmailPrompt": False,
        **_theme(),
    }


def _theme() -> dict[str, Any]:
    shared = {
        "theme.font": _SANS,
        "theme.headingFont": _SERIF,
        "theme.baseRadius": "0.4rem",
        "theme.linkUnderline": True,
        "theme.showSidebarBorder": True,
        "theme.showWidgetBorder": True,
    }
    schemes = {"light": _LIGHT, "dark": _DARK}
    colours = {f"theme.{scheme}.{name}": value for scheme, values in schemes.items() for name, value in values.items()}
    sides = {
        "theme.light.sidebar.backgroundColor": "#f3f1ea",
        "theme.dark.sidebar.backgroundColor": "#1b2025",
    }
    return {**shared, **colours, **sides}
