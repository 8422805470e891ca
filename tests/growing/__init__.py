"""A procedure that grows: a tenth step as data, new enrollments with it and older ones without."""
