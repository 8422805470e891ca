"""What people ask for, from permission to what is owed."""
