"""What is kept and what is owed, on SQLite and on PostgreSQL."""
