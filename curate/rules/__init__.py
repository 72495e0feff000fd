"""Rules: one question about pairs to a rule, each kind a function; `asking.judge` asks it."""
