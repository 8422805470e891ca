"""Several workspaces: how they install the app, and that each is apart from the others."""
