"""Stores of passages: the contract, the filters that every store compiles, and the embedded store."""
