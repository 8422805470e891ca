"""Tests of languages: catalogs, translated templates and phrases, and who chooses."""
