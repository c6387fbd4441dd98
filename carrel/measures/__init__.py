"""Measures as pure functions: rankings, answers; no file, model or store is touched here."""
