"""Readers: passages in, answers with their place and their confidence out."""
