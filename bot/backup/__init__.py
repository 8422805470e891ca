"""Copies of the SQLite database: taken while the bot runs, kept in S3 or in a file, brought back when told to."""
