"""Indexing: files and rows into canonical text, passages and vectors, and keeping collections in line with folders."""
