"""carrel ui."""

from __future__ import annotations

from pathlib import Path

import click

from carrel.cli import options


@click.command("ui")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at; others need a password.")
@click.option(
    "--port", default=8501, show_default=True, type=click.IntRange(0, 65535), help="Port; 0 takes a free one."
)
@click.option("--browser/--no-browser", default=True, show_default=True, help="Open the pages in a browser.")
@click.option("--set-password", is_flag=True, help="Ask for a password, keep its hash in the home, and end.")
@click.option("--remove-password", is_flag=True, help="Forget the password, and end.")
@options.place
def command(
    host: str,
    port: int,
    browser: bool,
    set_password: bool,
    remove_password: bool,
    home: Path | None,
    collection: str,
) -> None:
    """Open the desk in a browser: ask, search, add files, evaluate, label.

    It starts a worker when there is none, and ends it with itself. Without a password only this computer can open it.
    """
    from carrel.platform.home import checked_collection
    from carrel.settings import default_home
    from carrel.ui import password
    from carrel.ui.server import serve

    folder = (home.expanduser() if home else default_home()).absolute()
    if set_password:
        typed = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        click.echo(f"The password's hash is kept in {password.set_password(folder, typed)}", err=True)
        return
    if remove_password:
        password.remove_password(folder)
        click.echo("There is no password any more: the pages open on this computer only", err=True)
        return
    serve(
        folder,
        host=host,
        port=port,
        collection=checked_collection(collection),
        browser=browser,
        on_ready=lambda address: _tell(address, folder),
    )


def _tell(address: str, folder: Path) -> None:
    from carrel.ui.password import has_password

    who = "asks for the password" if has_password(folder) else "only this computer can open it: no password is set"
    click.echo(f"The desk is at {address} ({who}); Ctrl-C ends it", err=True)
