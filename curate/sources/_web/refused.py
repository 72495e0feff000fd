"""Why a URL is not taken: what every part of fetching raises."""


class NotTaken(Exception):  # noqa: N818
    """A URL that is not taken.

    Args:
        reason: a short class of reasons.
        detail: what exactly was found.
        status: of HTTP, where it was answered.
    """

    def __init__(self, reason: str, detail: str, status: int | None = None) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
        self.status = status
        self.url: str | None = None  # to which redirects had led, as far as it is known
