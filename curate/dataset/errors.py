"""Every error that Pairwright raises on purpose, as one tree.

    PairwrightError
    ├── DataError            what was read does not have the form it should have
    │   ├── ImageError       bytes that are no usable picture
    │   │   └── DrawingError a drawing (SVG) that cannot be rendered
    │   ├── AudioError       bytes that are no usable audio
    │   ├── VideoError       bytes that are no usable clip
    │   │   └── StillError   a picture that does not move where a clip is wanted
    │   ├── EmptySetError    nothing is left to work on
    │   ├── LeakError        what is trained on is what is tested on
    │   └── RejectsError     more rows were rejected than the stage allows
    ├── ParamsError          params.yaml asks for something unknown or of the wrong type
    ├── PluginError          a name that no file of ours carries
    ├── SourceError          a corpus, host or client cannot be used
    ├── ClusterError         the workers of a dask cluster do not live long enough
    ├── WeightsError         model weights cannot be loaded
    ├── FailedError          an experiment that did not run to its end
    ├── BusyError            another process is writing what is to be written
    └── StorageError         there is no room for what is to be written

A message says what was found, where, and what is known to work.
"""


class PairwrightError(Exception):
    """Base of all errors that a user can act on."""


class DataError(PairwrightError):
    """Data that does not have the form it should have."""


class ImageError(DataError):
    """Bytes that are no usable picture; the message is fit for a `reason` column."""


class DrawingError(ImageError):
    """A drawing (SVG) that cannot be rendered, or takes too much to be."""


class AudioError(DataError):
    """Bytes that are no usable audio; the message is fit for a `reason` column."""


class VideoError(DataError):
    """Bytes that are no usable clip; the message is fit for a `reason` column."""


class StillError(VideoError):
    """A picture that does not move where a clip is wanted."""


class EmptySetError(DataError):
    """A set, table or selection that holds nothing to work on."""


class LeakError(DataError):
    """Training data that holds what an evaluation set holds."""


class RejectsError(DataError):
    """A stage rejected a larger share of its rows than `max_rejected`."""


class ParamsError(PairwrightError):
    """An unknown key or a value of the wrong type in params.yaml."""


class PluginError(PairwrightError):
    """A plugin name for which there is no file."""


class SourceError(PairwrightError):
    """A corpus, host or client that cannot be used."""


class ClusterError(PairwrightError):
    """The workers of a dask cluster die over their work: out of memory, or ended by others."""


class WeightsError(PairwrightError):
    """Model weights that cannot be loaded."""


class FailedError(PairwrightError):
    """An experiment that did not run to its end."""


class BusyError(PairwrightError):
    """Another process is writing what is to be written."""


class StorageError(PairwrightError):
    """No room is left on a disk for what is to be written."""
