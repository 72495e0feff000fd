"""The page to search by, in a browser."""

from curate.stage.pages import Page
from tests.train.search._serving import running

SETTLED = """
new Promise(done => {
  const look = () => {
    const state = document.getElementById("state");
    if (state.textContent && state.textContent !== "Searching") done(%s);
    else setTimeout(look, 20);
  };
  look();
})
"""


def test_the_page_shows_pictures_with_their_captions(browser, url, searcher):
    wanted = searcher.by_text("a red circle", 20, language="en")
    script = (
        SETTLED
        % """({
      cards: [...document.querySelectorAll("#hits li")].map(card => [
        card.querySelector("img").src, card.querySelector("img").alt,
        card.querySelector("p").textContent]),
      wrong: document.getElementById("state").className,
      said: document.getElementById("state").textContent,
      wide: document.documentElement.scrollWidth <= innerWidth,
      rerank: document.getElementById("look").hidden,
    })"""
    )
    for width in (1280, 375):
        seen = browser.look(f"{url}?text=a+red+circle", script, width)
        assert seen["errors"] == []
        value = seen["value"]
        told = [(f"{url}picture/{h.image}", *[h.pairs[0]["caption"]] * 2) for h in wanted]
        assert [tuple(card) for card in value["cards"]] == told
        assert value["wrong"] == ""
        assert value["said"].startswith("20 pictures for “a red circle”, in ")
        assert value["wide"]
        assert value["rerank"]  # there is no model for it
        assert all(
            request.startswith(("http://127.0.0.1", "data:")) for request in seen["requests"]
        )


def test_the_page_says_what_is_wrong(browser, url):
    script = SETTLED % "[document.getElementById('state').textContent, hits.children.length]"
    seen = browser.look(f"{url}?text=+", script)
    assert seen["value"] == ["nothing is asked for: the text is blank", 0]


def test_a_form_sent_and_a_picture_liked_are_answered_and_can_be_gone_back_from(browser, url):
    script = f"""
    (async () => {{
      const settled = () => {SETTLED % "document.getElementById('state').textContent"};
      text.value = "a blue square";
      document.querySelector("#question button").click();
      const first = await settled();
      document.querySelector("#hits button").click();
      const second = await settled();
      history.back();
      await new Promise(done => setTimeout(done, 300));
      return [first, second, await settled(), text.value];
    }})()"""
    first, second, third, text = browser.look(url, script)["value"]
    assert first.startswith("20 pictures for “a blue square”")
    assert second.startswith("20 pictures like it")
    assert third.startswith("20 pictures for “a blue square”")
    assert text == "a blue square"


PAGES = {
    "report": Page("Report", lambda _: b"", "default-src 'none'"),
    "why": Page("Why", lambda _: b"", "default-src 'none'", of_pair=True),
}


def test_the_page_leads_to_further_pages_and_each_picture_to_its_pair(browser, axe, searcher):
    script = (
        SETTLED
        % f"""(async () => {{ {axe};
      const of = (place) => [...document.querySelectorAll(place)].map(a => a.href);
      return [of("#pages a"), of("#hits a"), (await axe.run()).violations]; }})()"""
    )
    with running(searcher, PAGES) as url:
        seen = browser.look(f"{url}?text=a+red+circle", script)
        assert seen["errors"] == []
        pages, pairs, violations = seen["value"]
        assert pages == [f"{url}report/"]
        wanted = [
            hit.pairs[0]["uid"] for hit in searcher.by_text("a red circle", 20, language="en")
        ]
        assert pairs == [f"{url}why/{uid}" for uid in wanted]
        assert violations == []


def test_a_picture_that_is_chosen_from_a_disk_finds_what_is_like_it(browser, url, searcher):
    hits = searcher.by_text("a red circle", 1)
    wanted = searcher.by_picture(searcher.read(hits[0].image), 20, "en")
    script = f"""
    (async () => {{
      const settled = () => {SETTLED % "document.getElementById('state').textContent"};
      await settled();
      const bytes = await (await fetch("picture/{hits[0].image}")).blob();
      const chosen = new DataTransfer();
      chosen.items.add(new File([bytes], "mine.png"));
      file.files = chosen.files;
      file.dispatchEvent(new Event("change"));
      const said = await settled();
      return [said, [...hits.querySelectorAll("img")].map(i => i.src), text.value];
    }})()"""
    seen = browser.look(f"{url}?text=blue", script)
    assert seen["errors"] == []
    said, shown, text = seen["value"]
    assert said.startswith("20 pictures like mine.png, in ")
    assert shown == [f"{url}picture/{hit.image}" for hit in wanted]
    assert wanted[0].image == hits[0].image
    assert text == ""


def test_a_box_that_is_ticked_has_a_model_look_again(browser, axe, indexed, reranker):
    searcher = indexed.searcher(reranker, 12)
    wanted = searcher.by_text("a red circle", 20, True, "en")
    assert wanted != searcher.by_text("a red circle", 20, False, "en")
    script = f"""
    (async () => {{
      {axe};
      const settled = () => {SETTLED % "document.getElementById('state').textContent"};
      await settled();
      const before = [look.hidden, rerank.checked];
      rerank.click();
      document.querySelector("#question button").click();
      await settled();
      const facts = [...hits.querySelectorAll(".more")].map(f => f.textContent);
      return [before, [...hits.querySelectorAll("img")].map(i => i.src), facts, location.search,
        (await axe.run()).violations];
    }})()"""
    with running(searcher) as url:
        seen = browser.look(f"{url}?text=a+red+circle", script)
        assert seen["errors"] == []
        before, shown, facts, query, violations = seen["value"]
        assert before == [False, False]
        assert shown == [f"{url}picture/{hit.image}" for hit in wanted]
        matches = [f"{hit.match:.2f}".replace("-", "−") for hit in wanted]
        assert all(f", match {match}," in told for match, told in zip(matches, facts, strict=True))
        assert all(told.endswith(", 1 more caption") for told in facts)
        assert violations == []
        script = SETTLED % "[rerank.checked, hits.querySelector('img').src]"
        again = browser.look(f"{url}{query}", script)["value"]  # as when it is sent to someone
        assert again == [True, shown[0]]


def test_all_can_use_the_page(browser, axe, url):
    script = SETTLED % f"(async () => {{ {axe}; return (await axe.run()).violations; }})()"
    for scheme in ("light", "dark"):
        seen = browser.look(
            f"{url}?text=a+red+circle", script, media={"prefers-color-scheme": scheme}
        )
        assert seen["value"] == []
