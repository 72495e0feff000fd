"""Batches are named by all that their answers depend on."""

import shutil

import pytest

from curate import names


@pytest.mark.parametrize("folder", [".", "dataset", "sources", "sources/_web", "sources/_pages"])
def test_batches_of_other_code_have_other_names(tmp_path, monkeypatch, folder):
    shutil.copytree(names._CODE, tmp_path / "curate")
    monkeypatch.setattr(names, "_CODE", tmp_path / "curate")
    before = names.code()
    file = tmp_path / "curate" / folder / "__init__.py"
    file.write_text(file.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert names.code() != before
