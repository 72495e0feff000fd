import sys
from importlib.metadata import packages_distributions

import pytest

from curate.stage import libraries


@pytest.mark.parametrize(
    "tops", [{"PIL"}, {"cv2", "numpy"}, {"open_clip", "ftfy"}, {"regex", "pyarrow", "imagehash"}]
)
def test_modules_belong_to_the_distributions_that_the_standard_library_names(tops):
    known = packages_distributions()
    assert libraries.owners(tops) == {name for top in tops for name in known[top]}


def test_the_standard_library_belongs_to_none():
    assert libraries.owners(set(sys.stdlib_module_names)) == set()
    assert libraries.owners(set()) == set()


def test_a_file_imports_what_its_functions_import_too(tmp_path):
    file = tmp_path / "code.py"
    text = "import numpy.linalg as la\nfrom PIL import Image\n\ndef f():\n    import yaml, json\n"
    file.write_text(text)
    assert libraries.imported(file, tmp_path) == {"numpy", "PIL", "yaml", "json"}
