"""Templates of operators, and the made-up data that they are tried with."""
