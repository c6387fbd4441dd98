"""The command line: one thin function per verb, each in a file of its own name."""

from carrel.cli.app import main

__all__ = ["main"]
