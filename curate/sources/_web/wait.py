"""How long a host asks us to wait: its Retry-After to seconds (RFC 9110, section 10.2.3)."""

import email.utils
import time
from collections.abc import Mapping


def wished(headers: Mapping[str, str]) -> float | None:
    """Seconds that Retry-After asks for, given as a number or as a date; None where it does not.

    Args:
        headers: names in lower case.
    """
    value = headers.get("retry-after", "").partition("\n")[0].strip()
    if value.isascii() and value.isdecimal():
        return float(value)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return None
