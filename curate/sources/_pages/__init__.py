"""Web pages and sitemaps read: bytes in; links, pictures and what is said of them out."""
