"""Tables of URLs in every format and with everybody's headings."""

import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curate.dataset.errors import ParamsError, SourceError
from curate.sources._url_tables import PROBLEM, Columns, chunks


def rows(path: str, kind: Any = None, **columns: Any) -> list[dict[str, Any]]:
    parts = chunks(str(path), kind, Columns(**columns))
    return [
        {name: value for name, value in row.items() if value is not None}
        for part in parts
        for row in part.to_pylist()
    ]


@pytest.mark.parametrize(
    ("headings", "named"),
    [
        (("URL", "TEXT", "LICENSE", "LANGUAGE"), ("url", "caption:TEXT", "licence", "language")),
        (("url", "text", "sha256", "uid"), ("url", "caption:text", "sha256", "extra.uid")),
        (("image_url", "caption"), ("url", "caption:caption")),
        (("url", "text", "image_phash"), ("url", "caption:text", "phash")),
    ],
    ids=["laion", "datacomp", "cc3m and cc12m", "coyo"],
)
def test_headings_of_the_known_data_sets_need_no_params(tmp_path, headings, named):
    values = [f"v{number}" for number in range(len(headings))]
    pq.write_table(
        pa.table({h: [v] for h, v in zip(headings, values, strict=True)}), tmp_path / "t.parquet"
    )
    assert rows(tmp_path / "t.parquet") == [dict(zip(named, values, strict=True))]


@pytest.mark.parametrize(
    "line", ['a "red" ball\thttp://h/1.png', 'http://h/1.png\ta "red" ball'], ids=["cc3m", "cc12m"]
)
def test_a_tsv_without_headings_is_told_by_its_urls(tmp_path, line):
    (tmp_path / "t.tsv").write_text(f"{line}\n{line.replace('1.png', '2.png')}\n")
    found = rows(tmp_path / "t.tsv")
    assert [row["url"] for row in found] == ["http://h/1.png", "http://h/2.png"]
    assert {row["caption:caption"] for row in found} == {'a "red" ball'}


def test_a_csv_may_quote_break_lines_be_compressed_and_hold_foreign_bytes(tmp_path):
    text = b'\xef\xbb\xbfurl,caption,width\nhttp://h/1,"a ball,\nred",7\nhttp://h/2,caf\xe9,8\n'
    with gzip.open(tmp_path / "t.csv.gz", "wb") as file:
        file.write(text)
    assert rows(tmp_path / "t.csv.gz") == [
        {"url": "http://h/1", "caption:caption": "a ball,\nred", "extra.width": 7},
        {"url": "http://h/2", "caption:caption": "caf\ufffd", "extra.width": 8},
    ]


def test_a_column_of_a_csv_is_of_numbers_if_it_is_from_its_first_row_to_its_last(tmp_path):
    """Each column has its exception in the last row, far behind the first block."""
    first = {"whole": "7", "real": "7", "late": "7", "code": "70", "gap": "NA", "yes": "true"}
    last = {"whole": "-8", "real": "8.5e-3", "late": "eight", "code": "08", "gap": "1", "yes": "no"}
    lines = [f"http://h/{n},ball,{','.join(first.values())}" for n in range(150_000)]
    text = [f"url,caption,{','.join(first)}", *lines, f"http://h/x,ball,{','.join(last.values())}"]
    (tmp_path / "t.csv").write_text("\n".join(text))
    found = rows(tmp_path / "t.csv")
    numbers = {"whole": 7, "real": 7.0, "late": "7", "code": "70", "yes": "true"}
    assert found[7] == {"url": "http://h/7", "caption:caption": "ball"} | {
        f"extra.{name}": value for name, value in numbers.items()
    }
    assert type(found[7]["extra.real"]) is float
    numbers = {"whole": -8, "real": 0.0085, "late": "eight", "code": "08", "gap": 1, "yes": "no"}
    assert found[-1].items() > {f"extra.{name}": value for name, value in numbers.items()}.items()
    assert len(found) == 150_001


def test_captions_and_urls_that_look_like_numbers_stay_text(tmp_path):
    (tmp_path / "t.csv").write_text("url,caption\n1,007\n")
    assert rows(tmp_path / "t.csv") == [{"url": "1", "caption:caption": "007"}]


def test_rows_that_cannot_be_read_stop_nothing_and_are_named(tmp_path):
    (tmp_path / "t.csv").write_text(
        "url,caption\nhttp://h/1,ball\nhttp://h/2,a,b\nhttp://h/3,field\n"
    )
    lines = ['{"url": "http://h/1", "text": "ball"}', "{", "[1]", '{"url": "http://h/2", "n": [1]}']
    (tmp_path / "t.jsonl").write_text("\n".join(lines))
    good, bad = [], []
    for name in ("t.csv", "t.jsonl"):
        for row in rows(tmp_path / name):
            (bad if PROBLEM in row else good).append(row)
    assert [row["url"] for row in good] == ["http://h/1", "http://h/3", "http://h/1", "http://h/2"]
    assert [row[PROBLEM].partition(":")[0] for row in bad] == [
        "3 instead of 2",
        "no JSON",
        "no object",
    ]
    assert json.loads(good[-1]["extra.n"]) == [1]


def test_params_name_the_columns_and_which_further_ones_are_kept(tmp_path):
    (tmp_path / "t.csv").write_text("link,first,second,a,b\nhttp://h/1,one,two,1,2\n")
    columns = {"url": "link", "captions": ("first", "second"), "keep": ("b",)}
    (row,) = rows(tmp_path / "t.csv", **columns)
    assert row == {
        "url": "http://h/1",
        "caption:first": "one",
        "caption:second": "two",
        "extra.b": 2,
    }


def test_columns_that_are_not_there_are_answered_with_those_that_are(tmp_path):
    (tmp_path / "t.csv").write_text("link,text\nhttp//h,x\n")
    with pytest.raises(ParamsError, match=r"none of the columns url, .* \(there: link, text\)"):
        rows(tmp_path / "t.csv")
    with pytest.raises(ParamsError, match="no column 'lnk'; it has link, text"):
        rows(tmp_path / "t.csv", url="lnk")


def test_a_table_that_is_none_is_a_source_that_cannot_be_had(tmp_path):
    (tmp_path / "t.parquet").write_bytes(b"PAR1 cut")
    (tmp_path / "t.txt").write_text("url")
    for name, message in (("t.parquet", "cannot be read as parquet"), ("t.txt", "ends in none of")):
        with pytest.raises(SourceError, match=message):
            rows(tmp_path / name)
    with pytest.raises(SourceError, match="cannot be read as csv"):
        rows(Path("missing.csv"))


def test_texts_that_are_no_utf_8_in_parquet_are_as_those_of_a_csv(tmp_path):
    raw = pa.array([b"a \xbd ball", b"a cat", None])
    texts = pa.StringArray.from_buffers(3, *raw.buffers()[1:], raw.buffers()[0])
    columns = {"url": ["http://h/1", "http://h/2", None], "caption": texts, "note": texts}
    pq.write_table(pa.table(columns | {"text": raw}), tmp_path / "t.parquet")
    found = rows(tmp_path / "t.parquet", captions=("caption", "text"))
    assert [row.get("caption:caption") for row in found] == ["a \ufffd ball", "a cat", None]
    assert [row.get("caption:text") for row in found] == ["a \ufffd ball", "a cat", None]
    assert [row.get("extra.note") for row in found] == ["a \ufffd ball", "a cat", None]


def test_texts_that_are_no_utf_8_inside_of_lists_are_a_source_that_cannot_be_had(tmp_path):
    raw = pa.array([b"a \xbd ball"])
    texts = pa.StringArray.from_buffers(1, *raw.buffers()[1:], raw.buffers()[0])
    listed = pa.ListArray.from_arrays(pa.array([0, 1], pa.int32()), texts)
    table = pa.table({"url": ["http://h/1"], "caption": ["a"], "more": listed})
    pq.write_table(table, tmp_path / "t.parquet")
    with pytest.raises(SourceError, match="cannot be read as parquet"):
        rows(tmp_path / "t.parquet")


def test_lines_of_json_may_hold_half_a_letter_or_nest_too_deeply(tmp_path):
    lines = ['{"url": "http://h/1", "caption": "a \\ud800 ball", "\\udfff": {"a": "\\ud800"}}']
    lines += ["[" * 100_000, '{"url": "http://h/2", "caption": "a \\ud83d\\ude00"}']
    (tmp_path / "t.jsonl").write_text("\n".join(lines))
    found = rows(tmp_path / "t.jsonl")
    assert [row["caption:caption"] for row in found if "url" in row] == ["a ? ball", "a \U0001f600"]
    assert [row["extra.?"] for row in found if "extra.?" in row] == ['{"a": "?"}']
    assert sum(PROBLEM in row for row in found) == 1


def test_a_csv_whose_first_line_is_none_is_a_source_that_cannot_be_had(tmp_path):
    (tmp_path / "t.csv").write_bytes(b"url,cap\rtion\nhttp://h/1,a\n")
    with pytest.raises(SourceError, match="cannot be read as csv: new-line"):
        rows(tmp_path / "t.csv")
