"""Two versions of a snapshot in; what came, what went, why, and what shifted, out."""
