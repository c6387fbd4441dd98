"""The gate: who may open the desk, by which name, with which password."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from carrel.errors import UserError
from carrel.ui import password
from carrel.ui.server import is_loopback, serve
from tests.ui.conftest import visitor
from tests.ui.served import Served, served

SECRET = "correct horse battery"


def test_without_a_password_no_other_computer_is_served(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"for this computer only, and 0\.0\.0\.0 is open to others"):
        serve(tmp_path, host="0.0.0.0", port=0, on_ready=lambda _: None)


@pytest.mark.parametrize(
    ("host", "own"), [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("desk.lan", False)]
)
def test_which_addresses_are_this_computer(host, own) -> None:
    assert is_loopback(host) is own


def test_the_desk_says_that_it_is_for_this_computer_only(page) -> None:
    page.goto("/")
    expect(page.get_by_text("Only this computer can open these pages: no password is set.")).to_be_visible()


def test_another_name_is_refused(desk: Served) -> None:
    assert httpx.get(desk.address).status_code == 200
    assert httpx.get(desk.address, headers={"Host": "evil.example"}).status_code == 421


def test_pages_of_other_sites_can_neither_send_nor_show_the_desk(desk: Served) -> None:
    foreign = {"Origin": "http://evil.example"}
    assert httpx.put(f"{desk.address}/_stcore/upload_file/a/b", headers=foreign).status_code == 403
    socket = {**foreign, "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    key = {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
    assert httpx.get(f"{desk.address}/_stcore/stream", headers={**socket, **key}).status_code == 403
    assert httpx.get(desk.address).headers["content-security-policy"] == "frame-ancestors 'self'"


def test_a_port_that_is_taken_is_said(desk: Served, tmp_path: Path) -> None:
    port = desk.address.rpartition(":")[2]
    command = [sys.executable, "-m", "carrel", "ui", "--home", str(tmp_path), "--port", port, "--no-browser"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert f"cannot be shown at 127.0.0.1, port {port}" in ended.stderr


def test_the_password_is_kept_as_a_hash_and_compared(tmp_path: Path) -> None:
    file = password.set_password(tmp_path, SECRET)
    assert SECRET not in file.read_text("ascii")
    assert file.stat().st_mode & 0o077 == 0
    assert password.is_right(tmp_path, SECRET)
    assert not password.is_right(tmp_path, SECRET + " ")
    first = file.read_text("ascii")
    password.set_password(tmp_path, SECRET)
    assert file.read_text("ascii") != first
    password.remove_password(tmp_path)
    assert not password.has_password(tmp_path)
    with pytest.raises(UserError, match="too short"):
        password.set_password(tmp_path, "short")


def test_nothing_is_served_before_the_password(chromium, tmp_path: Path) -> None:
    password.set_password(tmp_path, SECRET)
    with served(tmp_path) as desk:
        for path in ("/", "/_stcore/health", "/static/index.html", "/reports/1", "/_stcore/upload_file/x/y"):
            assert httpx.get(desk.address + path).status_code == 401, path
        for page in visitor(chromium, desk.address):
            page.goto("/")
            page.get_by_label("Password").fill("not it, not it")
            page.keyboard.press("Enter")
            expect(page.get_by_role("alert")).to_have_text("That is not the password.")
            page.get_by_label("Password").fill(SECRET)
            page.keyboard.press("Enter")
            expect(page.get_by_text("Nothing is on this desk yet")).to_be_visible()
            expect(page.get_by_role("button", name="Try the example: 48 Wikipedia articles")).to_be_visible()
            [cookie] = [one for one in page.context.cookies() if one["name"] == "carrel-desk"]
            assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
