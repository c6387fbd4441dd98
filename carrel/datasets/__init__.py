"""Readers of standard dataset formats: files in, small frozen records out."""
