"""Why a URL is not taken: what every part of fetching raises."""


class NotTaken(Exception):  # noqa: N818
    """A URL that is not taken; `reason` is a short class of reasons."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
