"""The Slack Web API: the client, its errors, and the directory of people. The only caller of the Web API."""
