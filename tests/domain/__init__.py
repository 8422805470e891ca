"""The rules of the procedure, held without a database or Slack."""
