"""The AWS side of an enrollment, judged: what was observed, and what is to be said about it. Nothing here asks AWS."""
