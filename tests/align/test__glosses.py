from align import _glosses


def test_texts_are_glosses_and_names_in_a_fixed_order(words):
    found = _glosses.texts(words.database, 12)
    assert found == _glosses.texts(words.database, 12)
    assert 0 < len(found) <= 12
    assert all(len(text.split()) >= 2 for text in found)
