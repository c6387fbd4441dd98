"""What people and jobs leave behind, in a database of its own: SQLite in the home, or PostgreSQL."""
