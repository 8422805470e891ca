"""Backups of SQLite: against S3 over real HTTP, with real processes that write and that are killed."""
