"""What the process tells whoever operates it: logs without secrets, and metrics."""
