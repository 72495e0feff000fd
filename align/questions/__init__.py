"""What is known of pictures in, questions with certain answers out.

`captions` asks what a caption's scene graph says, and what its hard negatives deny; `scenes` reads
composed pictures, all of whose objects are known, and asks of them; `twins` asks two that differ in
one fact the same; `others` asks for what one shows and another does not, as `absence` can tell.
`asking` puts it into words, `blind` guesses answers from questions alone.
"""
