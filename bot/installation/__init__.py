"""How workspaces install the app by themselves: OAuth, its pages, and the tokens that come of it."""
