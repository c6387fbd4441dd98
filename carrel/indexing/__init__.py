"""Indexing: files and rows into canonical text, passages and vectors, and keeping a collection in line with a folder."""
