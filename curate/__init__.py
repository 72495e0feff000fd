"""From raw image-text material to a decided, versioned pool: crawl, score, filter, snapshot."""
