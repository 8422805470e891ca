"""The sandbox page in headless Chromium, by clicks and keys, with the real bot behind it."""
