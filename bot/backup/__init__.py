"""Backups of the SQLite database to S3 or to a file, taken while the bot runs, and their restore."""
