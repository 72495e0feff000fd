import itertools
import json
import math
import random
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import huggingface_hub.constants as hub
import pytest
from transformers import AutoTokenizer

from curate.dataset import record, tables
from curate.dataset.errors import ParamsError, WeightsError
from train import evaluate, pretrain, text, tokenizer
from train.params import Sampling, Vocabulary

CAPTIONS = [
    "A tiny red circle",
    "ein grüner  Würfel, groß",
    "ein großer grüner Würfel",
    "赤い丸",
    "красный круг",
] * 3


EACH = pytest.mark.parametrize("kind", ["wordpiece", "unigram"])


def learnt(folder, captions=CAPTIONS, size=120, kind="wordpiece"):
    tokenizer.learn(captions, Vocabulary(kind=kind, size=size), folder)
    return text.Words(folder)


@EACH
def test_captions_in_any_order_give_the_same_bytes(tmp_path, kind):
    shuffled = list(CAPTIONS)
    random.Random(0).shuffle(shuffled)
    for name, captions in (("one", CAPTIONS), ("two", shuffled)):
        learnt(tmp_path / name, captions, kind=kind)
    for name in text.TOKENIZER_FILES:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


@EACH
def test_what_was_learnt_from_is_read_without_an_unknown_token_and_as_hugging_face_reads_it(
    tmp_path, kind
):
    words = learnt(tmp_path, kind=kind)
    theirs = AutoTokenizer.from_pretrained(tmp_path)
    assert 5 < words.size <= 120
    found = words.encode(CAPTIONS, 64)
    for row, caption in enumerate(CAPTIONS):
        ours = found.ids[found.starts[row] : found.starts[row + 1]].tolist()
        assert ours == theirs(" ".join(caption.split()))["input_ids"]
        assert theirs.unk_token_id not in ours
    unknown = words.encode(["ξ"], 64).ids.tolist()
    assert theirs.unk_token_id in unknown
    assert not {theirs.unk_token_id, theirs.mask_token_id} & set(words.ordinary)


@EACH
def test_frequent_words_are_one_token_and_each_token_knows_its_word(tmp_path, kind):
    words = learnt(tmp_path, [*CAPTIONS, *["a circle"] * 50], 160, kind)
    spans = words.spans(["a tiny circle"], 16)
    (last,) = spans.within(0, len("a tiny "), len("a tiny circle"))
    assert spans.words[last] == last
    assert words.encode(["CIRCLE"], 8).ids.tolist() == words.encode(["circle"], 8).ids.tolist()


def test_a_long_caption_without_spaces_is_known(tmp_path):
    thai = "นกสีฟ้าบินอยู่เหนือบ้าน" * 8
    words = learnt(tmp_path, [thai, "นกสีฟ้า"] * 20, kind="wordpiece")
    assert len(thai) > 100
    assert words.decode(words.encode([thai], 10_000).ids) == thai


@EACH
def test_what_parts_words_unseen_parts_them(tmp_path, kind):
    words = learnt(tmp_path, ["បក្សី\u200bខៀវ", "បក្សី", "ខៀវ"] * 20, kind=kind)
    told = words.encode(["បក្សី\u200bខៀវ", "បក្សី ខៀវ", "បក្សីខៀវ"], 64)
    unseen, spaced, joined = (told.padded([[row]], words.pad)[0].tolist() for row in range(3))
    assert unseen == spaced != joined


@EACH
def test_accents_stay(tmp_path, kind):
    words = learnt(tmp_path, ["Würfel", "Wurfel"] * 20, kind=kind)
    assert words.encode(["Würfel"], 8).ids.tolist() != words.encode(["Wurfel"], 8).ids.tolist()


def test_training_captions_alone_are_learnt_from_as_often_as_their_language_weighs(small):
    found = tokenizer.captions(small.snapshot, Sampling(languages={"en": 1.0, "de": 0.25}))
    rows = tables.read(small.snapshot / record.MANIFEST_FILE).to_pylist()
    train = [row["caption"] for row in rows if row["split"] == "train"]
    assert set(found) == set(train)
    assert {caption: found.count(caption) for caption in train} == {
        row["caption"]: 10 if row["lang"] == "en" else 3 for row in rows if row["split"] == "train"
    }


def test_no_word_is_learnt_of_a_language_that_is_held_out(small):
    found = tokenizer.captions(small.snapshot, Sampling(languages={"de": 0.0, "other": 1.0}))
    rows = tables.read(small.snapshot / record.MANIFEST_FILE).to_pylist()
    english = {row["caption"] for row in rows if row["split"] == "train" and row["lang"] == "en"}
    assert set(found) == english


@EACH
def test_a_model_is_trained_and_measured_with_its_own_tokenizer(small, project, run_params, kind):
    model = {**run_params().model, "objectives": {"mlm": {"unit": "word"}}}
    wish = Vocabulary(kind=kind, size=90)
    params = run_params(tokenizer=wish, initial="none", steps=2, model=model)
    pretrain.main(
        "imagebert", small.snapshot, small.labels, small.network, project / "out", project / "log",
        params,
    )  # fmt: skip
    words = text.Words(project / "out")
    assert words.size <= 90 < text.Words(small.network).size
    found = evaluate.main(
        project / "out", small.snapshot, small.labels, evaluate.EvaluateParams(candidates=4)
    )
    assert found["tasks"]["mlm"]["targets"] > 0
    again = run_params(
        tokenizer=Vocabulary(kind="folder", folder=str(project / "out")), initial="none"
    )
    places = (small.network, small.snapshot, project)
    assert tokenizer.folder(again, *places) == project / "out"


def test_words_of_the_filter_network_do_not_fit_another_tokenizer(small, project, run_params):
    params = run_params(tokenizer=Vocabulary(kind="wordpiece"))
    with pytest.raises(ParamsError, match="set initial: none"):
        tokenizer.folder(params, small.network, small.snapshot, project)


def test_a_folder_that_is_not_named_is_asked_for(small, project, run_params):
    params = run_params(tokenizer=Vocabulary(kind="folder"), initial="none")
    with pytest.raises(ParamsError, match="folder: PATH"):
        tokenizer.folder(params, small.network, small.snapshot, project)


COMMIT = "0123456789abcdef" * 2 + "01234567"
ON_HUB = {"kind": "hub", "name": "some/bert", "commit": COMMIT}


@pytest.fixture
def hub_of(tmp_path, monkeypatch):
    """A hub that gives a folder as the model some/bert; what it was asked for."""
    asked = []

    class Hub(BaseHTTPRequestHandler):
        def do_HEAD(self):
            asked.append(self.path)
            start, _, file = self.path.rpartition("/")
            there = (
                start == f"/some/bert/resolve/{COMMIT}" and (tmp_path / "there" / file).is_file()
            )
            data = (tmp_path / "there" / file).read_bytes() if there else b""
            self.send_response(200 if there else 404)
            self.send_header("X-Repo-Commit", COMMIT)
            self.send_header("ETag", f'"{file}"')
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(data)

        do_GET = do_HEAD  # noqa: N815

        def log_message(self, *_):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever).start()
    place = f"http://127.0.0.1:{server.server_port}/{{repo_id}}/resolve/{{revision}}/{{filename}}"
    monkeypatch.setattr(hub, "HUGGINGFACE_CO_URL_TEMPLATE", place)
    monkeypatch.setattr(hub, "HF_HUB_CACHE", str(tmp_path / "cache"))
    yield asked
    server.shutdown()
    server.server_close()


def test_a_tokenizer_of_the_hub_is_asked_for_once(small, run_params, tmp_path, hub_of):
    (tmp_path / "there").mkdir()
    learnt(tmp_path / "there")
    params = run_params(tokenizer=Vocabulary(**ON_HUB), initial="none")
    for _ in range(2):
        found = tokenizer.folder(params, small.network, small.snapshot, tmp_path)
        for name in text.TOKENIZER_FILES:
            assert (found / name).read_bytes() == (tmp_path / "there" / name).read_bytes()
        assert len([path for path in hub_of if path.endswith("/tokenizer.json")]) == 2  # HEAD, GET


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"name": None}, ParamsError, "name: OWNER/NAME"),
        ({"commit": "main"}, ParamsError, "not some/bert and main: .*40 hexadecimal digits"),
        ({"kind": "folder", "folder": "mine"}, ParamsError, "name some/bert is not read"),
        ({"name": "some/other"}, WeightsError, "no tokenizer of some/other .*folder: PATH"),
        ({"name": "a/b/c"}, WeightsError, "no tokenizer of a/b/c"),
    ],
)
def test_what_the_hub_has_not_is_told(small, run_params, tmp_path, hub_of, change, error, message):
    params = run_params(tokenizer=Vocabulary(**{**ON_HUB, **change}), initial="none")
    with pytest.raises(error, match=message):
        tokenizer.folder(params, small.network, small.snapshot, tmp_path)


def test_a_hub_that_cannot_be_reached_is_told(small, run_params, tmp_path, monkeypatch):
    monkeypatch.setattr(hub, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(hub, "HF_HUB_CACHE", str(tmp_path / "cache"))
    params = run_params(tokenizer=Vocabulary(**ON_HUB), initial="none")
    with pytest.raises(WeightsError, match="the hub gives no tokenizer of some/bert"):
        tokenizer.folder(params, small.network, small.snapshot, tmp_path)


def test_a_folder_that_is_not_read_is_named(small, project, run_params):
    params = run_params(tokenizer=Vocabulary(kind="unigram", folder="mine"), initial="none")
    with pytest.raises(ParamsError, match=r"folder mine is not read by .kind: unigram"):
        tokenizer.folder(params, small.network, small.snapshot, project)


@EACH
def test_a_vocabulary_without_room_for_the_characters_says_how_much_they_need(tmp_path, kind):
    with pytest.raises(ParamsError, match=r"size 20 is too small: .* are \d+") as caught:
        learnt(tmp_path, size=20, kind=kind)
    least = int(str(caught.value).split()[-1])
    assert learnt(tmp_path, size=least, kind=kind).size <= least


THINGS = ("箱", "丸", "りんご", "ねこ")
PARTS = [f"{c}い{a}が{b}の上にある。" for c in "赤青白黒" for a in THINGS for b in THINGS if a != b]


def test_unigram_finds_parts_of_several_characters_where_no_space_is_between_words(tmp_path):
    words = learnt(tmp_path, [*CAPTIONS, *PARTS], 140, "unigram")
    caption = "青いりんごが丸の上にある。"
    spans = words.spans([caption], 32)
    told = [caption[a:b] for a, b in spans.characters[1:-1]]
    assert "".join(told) == caption
    assert "青い" in told
    assert "。" in told
    assert max(map(len, told)) > 2


@EACH
def test_where_no_space_is_between_words_each_token_is_hidden_by_itself(tmp_path, kind):
    words = learnt(tmp_path, [*CAPTIONS, *PARTS], 140, kind)
    spans = words.spans(["赤い丸が箱の上にある。", "a tiny grün"], 32)
    japanese, english = (spans.words[a:b] for a, b in itertools.pairwise(spans.starts))
    assert japanese.tolist() == list(range(len(japanese)))
    assert len(set(english[1:-1].tolist())) == 3


@EACH
def test_tokens_know_their_characters_without_the_space_before_them(tmp_path, kind):
    words = learnt(tmp_path, kind=kind)
    caption = "  A  tiny (red) circle, ½ grüner"
    spans, tokens = words.spans([caption], 64), words.encode([caption], 64)
    assert len(spans.characters) == len(tokens.ids)
    told = [caption[a:b] for a, b in spans.characters[1:-1]]
    assert not any(part != part.strip() for part in told)
    for word in ("tiny", "red", "circle", "grüner"):
        at = spans.within(0, caption.index(word), caption.index(word) + len(word))
        assert "".join(caption[a:b] for a, b in spans.characters[at]) == word
        assert len(set(spans.words[at])) == 1


def test_text_is_split_into_the_likeliest_pieces_as_sentencepiece_splits_it(tmp_path):
    words = learnt(tmp_path, [*CAPTIONS, *PARTS], 100, "unigram")
    model = json.loads((tmp_path / "tokenizer.json").read_text())["model"]
    scores = dict(model["vocab"])

    def best(word):  # of all ways to split a word
        found = [0.0] + [-math.inf] * len(word)
        for end in range(1, len(word) + 1):
            for start in range(end):
                if word[start:end] in scores:
                    found[end] = max(found[end], found[start] + scores[word[start:end]])
        return found[-1]

    told = words.encode(["a tiny grüner würfel 赤い丸が箱の上にある"], 64).ids[1:-1]
    pieces = [model["vocab"][at] for at in told]
    whole = "".join(piece for piece, _ in pieces)
    assert whole == "▁a▁tiny▁grüner▁würfel▁赤い丸が箱の上にある"
    wanted = sum(best("▁" + word) for word in whole.split("▁")[1:])
    assert sum(score for _, score in pieces) == pytest.approx(wanted, rel=1e-6)
