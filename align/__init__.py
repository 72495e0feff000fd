"""From pairs to labels that say which word means which part of which picture."""
