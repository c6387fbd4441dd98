"""The embedded store: SQLite, tantivy and FAISS in one folder."""
