"""Azurite, Microsoft's own server for the protocol of Azure Blob Storage, on the loopback."""

import contextlib
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest

ACCOUNT = "devstoreaccount1"
# the account and key that Azurite has for everybody; they open nothing else
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
PROGRAM = "azurite-blob"


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[str]:
    """A running server; gives the connection string for it.

    Args:
        folder: takes what is put there.

    Raises:
        RuntimeError: it does not start.
    """
    command = [shutil.which(PROGRAM) or PROGRAM, "--location", str(folder), "--blobPort", "0"]
    command += ["--silent", "--disableTelemetry", "--skipApiVersionCheck"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=folder
    )
    said = []
    try:
        for line in process.stdout or ():
            said.append(line)
            if found := re.search(r"listens on (http://127\.0\.0\.1:\d+)", line):
                break
        else:
            raise RuntimeError(f"{PROGRAM} does not start: {''.join(said)}")
        threading.Thread(target=process.stdout.read, daemon=True).start()  # so that it never waits
        yield (
            f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={KEY};"
            f"BlobEndpoint={found[1]}/{ACCOUNT};"
        )
    finally:
        process.terminate()
        process.wait(30)


def used(connection: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a connection string into the environment.

    fsspec keeps what speaks to a store by its arguments, of which the environment is none: what an
    earlier test made would go on to speak to that test's store.
    """
    fsspec.get_filesystem_class("az").clear_instance_cache()
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", connection)
