"""Running pieces of Python in processes of their own, which can be killed."""

import subprocess
import sys
import textwrap

PRELUDE = """
import os, signal, sys, time
import numpy as np
from carrel._haystack import Document
from carrel.stores.embedded.store import EmbeddedStore
from carrel.testing.store_contract import FINGERPRINT, embed_all, source, unit_vectors

store = EmbeddedStore(sys.argv[1])
"""


def start(code, path):
    """Start a process that runs `code` with a `store` on `path`; its output can be read line by line."""
    program = PRELUDE + textwrap.dedent(code)
    return subprocess.Popen(
        [sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True
    )


def run(code, path):
    """Run `code` to its end and return the exit code and what it printed."""
    process = start(code, path)
    output, _ = process.communicate(timeout=300)
    return process.returncode, output
