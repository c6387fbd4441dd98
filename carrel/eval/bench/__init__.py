"""Benchmarks: the same work through Carrel and through peers, side by side in one run."""
