"""The password of the pages: kept as a salted scrypt hash in the home, readable by its owner only."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from carrel.errors import SettingsError, UserError

FILE = "ui-password"
SHORTEST = 8
_COST, _BLOCK, _PARALLEL = 1 << 15, 8, 1
"""scrypt's N, r and p (RFC 7914); 32 MB and about a tenth of a second for a guess."""
_MEMORY = 64 << 20


def set_password(home: Path, password: str) -> Path:
    """Keep the hash of a password in the home, in place of any other; returns the file.

    Raises:
        UserError: the password is too short.
    """
    if len(password) < SHORTEST:
        raise UserError(f"The password is too short: take {SHORTEST} characters or more; nothing was changed")
    salt = secrets.token_bytes(16)
    parts = ("scrypt", str(_COST), str(_BLOCK), str(_PARALLEL), _text(salt), _text(_hash(password, salt)))
    home.mkdir(parents=True, exist_ok=True)
    file, aside = home / FILE, home / f"{FILE}.partial"
    aside.unlink(missing_ok=True)
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as out:
        out.write("$".join(parts) + "\n")
    aside.replace(file)
    return file


def remove_password(home: Path) -> None:
    """Forget the password, if there is one."""
    (home / FILE).unlink(missing_ok=True)


def has_password(home: Path) -> bool:
    """Tell whether a password is set."""
    return (home / FILE).is_file()


def is_right(home: Path, password: str) -> bool:
    """Compare a password with the hash in the home, in constant time.

    Raises:
        SettingsError: the file is damaged.
    """
    file = home / FILE
    try:
        kind, cost, block, parallel, salt, kept = file.read_text("ascii").strip().split("$")
        if kind != "scrypt":
            raise ValueError(kind)
        made = _hash(password, base64.b64decode(salt), cost=int(cost), block=int(block), parallel=int(parallel))
        return hmac.compare_digest(made, base64.b64decode(kept))
    except (OSError, ValueError) as error:
        raise SettingsError(f"{file} holds no password: set it again with 'carrel ui --set-password'") from error


def _hash(password: str, salt: bytes, *, cost: int = _COST, block: int = _BLOCK, parallel: int = _PARALLEL) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=cost, r=block, p=parallel, maxmem=_MEMORY, dklen=32)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
