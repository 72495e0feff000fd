"""faiss is held to one thread, and given back what it had."""

import faiss
import pytest

from curate.stage.one_thread import one_thread


def test_faiss_has_one_thread_within_and_as_many_as_before_after_an_error_too():
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(2)
    try:
        with one_thread():
            assert faiss.omp_get_max_threads() == 1
        assert faiss.omp_get_max_threads() == 2
        with pytest.raises(ValueError, match="within"), one_thread():
            raise ValueError("within")
        assert faiss.omp_get_max_threads() == 2
    finally:
        faiss.omp_set_num_threads(before)
