"""Weights in half precision, found by `carrel.models.locate`; there is nothing to call."""
