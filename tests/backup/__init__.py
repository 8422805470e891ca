"""Tests of backups: S3 over HTTP, and real processes that write and are killed."""
