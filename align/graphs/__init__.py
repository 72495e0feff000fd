"""The parts of the graph of a snapshot: its tables, how they are made, and how they are asked."""
