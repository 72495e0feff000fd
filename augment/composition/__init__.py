"""Pictures out of pictures: mixtures of two, and scenes of cut-out objects known exactly."""
