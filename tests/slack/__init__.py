"""Tests of calls of Slack's Web API, downloads, and what they find."""
