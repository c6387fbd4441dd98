"""Composing the rooms: the `Platform`, its pipelines, and the training of its models."""

from carrel.platform.platform import Platform

__all__ = ["Platform"]
