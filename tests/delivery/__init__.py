"""Delivery under attack: crashes, faults of Slack, several processes."""
