"""Messages as values: cards, the home tab, reminders, reports. Pure: no database, no call of Slack."""
