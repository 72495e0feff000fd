"""New captions of pictures as they are: by grammar, by WordNet, by models that a user brings."""
