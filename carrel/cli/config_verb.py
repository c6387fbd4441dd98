"""carrel config."""

from __future__ import annotations

from pathlib import Path

import click
from pydantic import BaseModel

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
        if isinstance(group, BaseModel):
            _show(section, group)
            continue
        for name, own in group.items():
            _show(f"{section}.{name}", own)


def _show(section: str, group: BaseModel) -> None:
    click.echo(f"\n[{section}]")
    for name, field in type(group).model_fields.items():
        value = getattr(group, name)
        changed = "" if value == field.default else f" (default: {_toml(field.default)})"
        setting = f"# {name} is not set." if value is None else f"{name} = {_toml(value)}  #"
        click.echo(f"{setting} {field.description}{changed}")


def _toml(value: object) -> str:
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)
