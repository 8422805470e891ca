"""Files that tests read, and the scripts that make them."""
