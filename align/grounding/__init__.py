"""Phrases of captions and regions of pictures in; which phrase names which regions, out.

`phrases` reads noun phrases off scene graphs, `encoder` embeds them, `transport` lets phrases and
regions compete, `matching` decides or abstains, `places` holds spatial relations against the
boxes. `scenes` and `metrics` measure all of it on pictures whose truth is known.
"""
