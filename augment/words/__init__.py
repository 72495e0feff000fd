"""What captions are made of: words that tie them to pictures, and phrases, by language."""
