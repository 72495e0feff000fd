"""Films that tests encode, by FFmpeg."""

import io
from collections.abc import Sequence
from fractions import Fraction

from PIL import Image

CODECS = {"mp4": "libx264", "webm": "libvpx-vp9"}


def film(
    frames: Sequence[Image.Image], encoding: str, ms: int | Sequence[int], **options: str
) -> bytes:
    """An MP4 or WebM whose frames are shown for so many milliseconds, each or all."""
    import av

    each = [ms] * len(frames) if isinstance(ms, int) else list(ms)
    out = io.BytesIO()
    with av.open(out, "w", format=encoding, options=options) as file:
        stream = file.add_stream(CODECS[encoding], rate=Fraction(1000, each[0]))
        stream.width, stream.height = frames[0].size
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        stream.codec_context.thread_count = 1
        for number, image in enumerate(frames):
            frame = av.VideoFrame.from_image(image)
            frame.pts, frame.time_base = sum(each[:number]), Fraction(1, 1000)
            frame.duration = each[number]
            file.mux(stream.encode(frame))
        file.mux(stream.encode())
    return out.getvalue()
