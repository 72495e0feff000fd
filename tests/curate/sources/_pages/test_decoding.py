"""The text of a page, however it is encoded and whatever it says of that."""

import codecs

import pytest

from curate.sources._pages.decoding import decode


@pytest.mark.parametrize(
    ("text", "encoding", "stated", "head"),
    [
        ("café", "utf-8", None, ""),
        ("café", "latin-1", "iso-8859-1", ""),
        ("“café” €", "cp1252", "ISO-8859-1", ""),
        ("“café”", "cp1252", None, ""),
        ("мяч", "cp1251", None, '<meta charset="windows-1251">'),
        (
            "мяч",
            "koi8-r",
            None,
            "<meta http-equiv=content-type content='text/html; charset=koi8-r'>",
        ),
        ("ボール", "shift_jis", "Shift_JIS", ""),
        ("ボール①", "cp932", None, "<meta charset=shift_jis>"),
        ("ボール", "euc_jp", None, "<meta charset=euc-jp>"),
        ("ボール", "iso2022_jp", "iso-2022-jp", ""),
        ("红球", "gbk", "gb2312", ""),
        ("紅球", "big5", "big5", ""),
        ("빨간 공", "euc_kr", None, "<meta charset=euc-kr>"),
        ("ลูกบอล", "cp874", None, "<meta charset=tis-620>"),
        ("мяч", "cp1251", None, '<?xml version="1.0" encoding="windows-1251"?>'),
        ("café", "utf-8", "no-such-thing", ""),
        ("café", "utf-8", None, "<meta charset=utf-16>"),
    ],
)
def test_a_page_is_read_as_its_header_or_itself_says(text, encoding, stated, head):
    assert decode(f"{head}{text}".encode(encoding), stated) == head + text


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ],
)
def test_a_byte_order_mark_is_believed_before_all_else(mark, encoding):
    assert decode(mark + "<meta charset=koi8-r>café".encode(encoding), "latin-1").endswith("café")


def test_bytes_that_are_nothing_become_replacement_characters():
    assert decode(b"a\xffb", "utf-8") == "a\ufffdb"
    assert decode("caf\u00e9".encode()[:-1]) == "caf\ufffd"  # cut inside a character


@pytest.mark.parametrize(
    "label",
    [
        "punycode",
        "unicode_escape",
        "utf-7",
        "hex",
        "zip",
        "idna",
        "undefined",
        "rot13",
        "a\0b",
        "x" * 9999,
    ],
)
def test_an_encoding_that_is_none_of_the_web_is_not_used(label):
    assert decode("a café +AGE- \\x61".encode(), label) == "a café +AGE- \\x61"
