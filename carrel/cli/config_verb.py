"""carrel config."""

from __future__ import annotations

from pathlib import Path

import click

from carrel.cli import options
from carrel.cli.output import emit_json


@click.command("config")
@click.option("--home", type=click.Path(path_type=Path), help="Folder that holds everything (default: CARREL_HOME).")
@options.as_json
def command(home: Path | None, as_json: bool) -> None:
    """Show the settings in force, what each is for, and how to change it."""
    from carrel.settings import Settings, default_home

    home = home.expanduser() if home else default_home()
    settings = Settings.load(home)
    if as_json:
        emit_json({"home": str(home), "file": str(home / "carrel.toml"), "settings": settings.model_dump()})
        return
    click.echo(
        f"# home: {home}\n# Change a value in {home / 'carrel.toml'}, or by CARREL_SECTION__NAME in the environment."
    )
    for section in type(settings).model_fields:
        group = getattr(settings, section)
        click.echo(f"\n[{section}]")
        for name, field in type(group).model_fields.items():
            changed = "" if getattr(group, name) == field.default else f" (default: {_toml(field.default)})"
            click.echo(f"{name} = {_toml(getattr(group, name))}  # {field.description}{changed}")


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)
