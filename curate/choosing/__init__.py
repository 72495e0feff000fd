"""Which model to take: what was measured, and what follows from it."""
