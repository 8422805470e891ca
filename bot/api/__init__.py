"""What other programs read of enrollments over HTTP, and the ticket numbers that they bring back."""
