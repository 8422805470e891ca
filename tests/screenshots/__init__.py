"""The pictures in docs/images: the story they tell, the command that takes them, the test that holds them to it."""
