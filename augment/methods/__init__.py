"""One file per way of making new pairs out of kept ones."""
