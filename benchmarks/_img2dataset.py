"""The peer's side of `benchmarks/crawl.py`, run in the peer's environment.

Its settings are its best on few cores: a process for each, as many shards for one as for the
other, no hashes and no EXIF table, which are on by default; `threads` is what was fastest.
"""

import os
import sys

from img2dataset import download

if __name__ == "__main__":
    table, out, *numbers = sys.argv[1:]
    side, quality, threads, per_shard = map(int, numbers)
    download(
        url_list=table,
        input_format="parquet",
        url_col="url",
        caption_col="caption",
        output_folder=out,
        output_format="webdataset",
        image_size=side,
        resize_mode="keep_ratio",
        resize_only_if_bigger=True,
        encode_format="jpg",
        encode_quality=quality,
        processes_count=os.cpu_count() or 1,
        thread_count=threads,
        number_sample_per_shard=per_shard,
        compute_hash=None,
        extract_exif=False,
    )
