"""From kept pairs to made pairs whose captions still hold for their pictures."""
