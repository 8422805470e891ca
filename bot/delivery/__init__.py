"""Delivery: sends the messages of the outbox to Slack and Amazon SES, with leases, batches and retries."""
