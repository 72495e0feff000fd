from pathlib import Path

import numpy as np
import pyarrow as pa

from curate.dataset import record, tables


def told(causes):
    return {(c.cause, c.name, c.why): sorted(c.pairs["caption"]) for c in causes}


def add_up(found):
    went, came = (sum(len(c.pairs) for c in causes) for causes in (found.went, found.came))
    assert found.a.rows.num_rows - went + came == found.b.rows.num_rows
    assert found.stayed == found.a.rows.num_rows - went
    a, b = (set(v.rows.column("uid").to_pylist()) for v in (found.a, found.b))
    for causes, expected in ((found.went, a - b), (found.came, b - a)):
        uids = [uid for c in causes for uid in c.pairs["uid"]]
        assert len(uids) == len(set(uids))  # one cause for each
        assert set(uids) == expected


def rewrite_pool(change):
    """Change rows of the pool; None leaves one out."""
    file = Path("data/pool/pairs.parquet")
    rows = [row for row in map(change, tables.read(file).to_pylist()) if row is not None]
    tables.write(pa.Table.from_pylist(rows, record.PAIRS), file, "uid", record.PAIRS)


def test_nothing_went_or_came_where_nothing_changed(compared):
    found = compared()
    add_up(found)
    assert (found.went, found.came, found.moved) == ([], [], {})
    assert found.stayed == 9


def test_a_stricter_rule_is_named_with_its_change_and_both_margins(versions, compared):
    versions.project.write_made([])
    versions.run()
    versions.aside("unmade")
    versions.rules["words"] = {"column": "caption.characters", "at_least": 13}
    found = compared("unmade")
    add_up(found)
    (cause,) = found.went
    assert (cause.cause, cause.name) == ("rule", "words")
    assert cause.why == (
        "the rule changed: column caption.words → caption.characters, at_least 3 → 13"
    )
    assert sorted(cause.pairs["caption"]) == ["a red circle"]
    assert cause.margins() == (0.0, -1.0)


def test_the_way_back_has_the_same_causes_seen_from_the_other_side(versions, compared):
    versions.rules["long"] = {"column": "caption.characters", "at_most": 13}
    there = compared()
    back = compared(".", "before", again=False)
    add_up(there)
    add_up(back)
    long = ["a black circle", "a green circle", "un cercle rouge"]
    assert told(there.went) == {("rule", "long", "the rule is new"): long}
    assert told(back.came) == {("rule", "long", "the rule was taken out"): long}
    assert back.went == there.came == []


def test_what_is_above_the_share_of_made_pairs_is_told_with_its_change(versions, compared):
    versions.project.freeze(max_made=0.0)
    versions.aside("less")
    found = compared("before", "less", again=False)
    add_up(found)
    limit = "snapshot.max_made 0.38 → 0.0"
    assert told(found.went) == {("refused", "above max_made", limit): ["a red square"]}
    back = compared("less", "before", again=False)
    assert [cause.why for cause in back.came] == ["snapshot.max_made 0.0 → 0.38"]


def test_what_was_made_of_a_pair_that_went_has_its_parents_cause(versions, compared):
    red = versions.project.circles["red"]["uid"]
    file = Path("data/pool/pairs.parquet")
    uids = [row["uid"] for row in tables.read(file).to_pylist() if row["uid"] != red]
    versions.rules["not_red"] = {"column": "pairs.uid", "is_in": uids}
    found = compared()
    add_up(found)
    assert told(found.went) == {
        ("rule", "not_red", "the rule is new"): ["a red circle"],
        ("parent", "rule not_red", ""): ["a red square"],
    }


def test_a_pair_goes_when_any_of_its_parents_does_and_has_the_cause_of_that_one(versions, compared):
    uids = {colour: pair["uid"] for colour, pair in versions.project.circles.items()}
    both = ("square", "red", "of both circles", uids["green"], uids["red"])
    versions.project.write_made([both])
    versions.run()
    versions.aside("two")
    pool = tables.read(Path("data/pool/pairs.parquet")).column("uid").to_pylist()
    kept = [uid for uid in pool if uid != uids["red"]]
    versions.rules["not_red"] = {"column": "pairs.uid", "is_in": kept}
    found = compared("two")
    add_up(found)
    assert told(found.went) == {
        ("rule", "not_red", "the rule is new"): ["a red circle"],
        ("parent", "rule not_red", ""): ["of both circles"],
    }


def test_a_pair_that_was_not_made_again_though_its_parent_stays_is_named(versions, compared):
    red = versions.project.circles["red"]["uid"]
    versions.project.write_made([("triangle", "red", "a red triangle", red)])
    found = compared()
    add_up(found)
    why = "not made of this parent, or otherwise"
    assert told(found.went) == {("making", "geometric", why): ["a red square"]}
    assert told(found.came) == {("making", "geometric", why): ["a red triangle"]}


def test_a_source_that_went_a_caption_that_changed_and_what_is_not_found_differ(versions, compared):
    def change(row):
        if row["caption"] == "a green circle":
            return None
        if row["caption"] == "a blue circle":
            uid = record.pair_uid(row["image"], row["lang"], "one blue circle")
            return {**row, "uid": uid, "caption": "one blue circle"}
        return {**row, "source": "other"} if row["lang"] == "fr" else row

    rewrite_pool(change)
    found = compared()
    add_up(found)
    assert told(found.went) == {
        ("source", "drawn", "no longer found in it"): ["a green circle"],
        ("source", "drawn", "other caption of its picture"): ["a blue circle"],
    }
    assert told(found.came) == {
        ("source", "drawn", "other caption of its picture"): ["one blue circle"]
    }
    assert found.moved["source"] == 1


def test_a_source_as_a_whole_that_went_or_is_new_is_said_so(versions, compared):
    rewrite_pool(lambda row: {**row, "source": "web"} if row["lang"] == "fr" else row)
    versions.run()
    versions.aside("both")
    rewrite_pool(lambda row: row if row["source"] != "web" else None)
    found = compared("both")
    add_up(found)
    assert told(found.went) == {("source", "web", "the source went"): ["un cercle rouge"]}
    back = compared(".", "both", again=False)
    assert told(back.came) == {("source", "web", "the source is new"): ["un cercle rouge"]}


def test_another_picture_at_a_url_is_told_from_one_that_is_gone(versions, compared):
    def change(row):
        if row["caption"] != "a teal circle":
            return row
        image = versions.project.circles["navy"]["image"]
        return {**row, "image": image, "uid": record.pair_uid(image, "en", row["caption"])}

    rewrite_pool(change)
    found = compared()
    add_up(found)
    assert told(found.went) == {("source", "drawn", "other picture at its URL"): ["a teal circle"]}


def test_what_the_crawl_refused_has_its_reason(versions, compared):
    teal = versions.project.circles["teal"]
    row = {"source": "drawn", "item": teal["url"], "reason": "forgotten", "detail": "asked for"}
    file = Path("data/pool/rejected.parquet")
    tables.write(pa.Table.from_pylist([row], record.REJECTED), file, "item", record.REJECTED)
    rewrite_pool(lambda row: row if row["uid"] != teal["uid"] else None)
    found = compared()
    add_up(found)
    why = "refused by the crawl: forgotten"
    assert told(found.went) == {("source", "drawn", why): ["a teal circle"]}


def test_an_image_without_a_split_and_a_pair_in_another_split_are_the_splits_doing(
    versions, compared
):
    teal = versions.project.circles["teal"]["image"]
    gold = versions.project.circles["gold"]["image"]

    def change(row):
        if row["image"] == teal:
            return None
        return {**row, "split": "test"} if row["image"] == gold else row

    versions.project.write_splits(change)
    found = compared()
    add_up(found)
    assert told(found.went) == {("split", "no split", ""): ["a teal circle"]}
    assert found.moved["split"] == 1
    assert dict(found.moved["split moves"].counts["now"]) == {"validation → test": 1}


def test_what_was_made_of_a_pair_that_left_training_is_the_splits_doing(versions, compared):
    red = versions.project.circles["red"]["image"]
    versions.project.write_splits(
        lambda row: {**row, "split": "test"} if row["image"] == red else row
    )
    found = compared()
    add_up(found)
    assert told(found.went) == {("split", "parent not in train", ""): ["a red square"]}
    assert found.moved["split"] == 2  # the red circle in both languages


def test_a_rule_that_compares_pairs_drops_for_what_came(versions, compared, drawn, write_set):
    rows = [(drawn("circle", c), "en", f"a {c} circle") for c in versions.project.circles]
    rows += [(drawn("circle", "red"), "fr", "un cercle rouge")]
    rows += [(drawn("square", colour), "en", "a red circle") for colour in ("red", "blue", "gold")]
    write_set(Path("data/pool"), rows)
    found = compared()
    add_up(found)
    (cause, *_) = [c for c in found.went if c.cause == "rule"]
    assert (cause.name, cause.why) == ("shared", "what it is compared with changed")
    assert cause.margins() == (2.0, -1.0)
    assert ("parent", "rule shared", "") in told(found.went)


def test_without_its_tables_a_version_says_unknown_but_still_adds_up(versions, compared):
    versions.rules["long"] = {"column": "caption.characters", "at_most": 13}
    versions.run()
    Path("alone").mkdir()
    Path("data/snapshot/manifest.parquet").rename("alone/manifest.parquet")
    found = compared("before", "alone", again=False)
    add_up(found)
    assert {c.cause for c in found.went} <= {"unknown", "parent"}
    assert any("there are no pool and decisions" in note for note in found.notes)
    assert np.isnan(found.went[0].pairs["margin_now"]).all()
