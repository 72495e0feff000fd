"use strict";

const [form, text, file, rerank, state, hits] = ["question", "text", "file", "rerank", "state", "hits"]
  .map((id) => document.getElementById(id));
const language = navigator.language.split("-")[0]; // of captions that are told first
let asked = 0;
let ofPair = []; // pages that tell of a pair

function element(kind, content, kindOf) {
  const made = document.createElement(kind);
  if (content) made.textContent = content;
  if (kindOf) made.className = kindOf;
  return made;
}

function number(value, digits) {
  return value.toFixed(digits).replace("-", "−");
}

function card(hit) {
  const [first, ...others] = hit.pairs;
  const item = document.createElement("li");
  const picture = document.createElement("img");
  picture.src = `picture/${hit.image}`;
  picture.alt = first.caption;
  picture.loading = "lazy";
  const caption = element("p", first.caption, "caption");
  caption.title = first.caption; // where it is too long to be shown
  caption.lang = first.lang;
  caption.dir = "auto";
  const match = hit.match === null ? "" : `, match ${number(hit.match, 2)}`;
  const more = others.length ? `, ${others.length} more caption${others.length > 1 ? "s" : ""}` : "";
  const facts = element("p", `${number(hit.similarity, 3)}${match}, ${first.source}${more}`, "more");
  const like = element("button", "More like this");
  like.type = "button";
  like.setAttribute("aria-label", `More like this: ${first.caption}`);
  like.addEventListener("click", () => go(new URLSearchParams({ like: hit.image })));
  const links = ofPair.map((page) => link(`${page.name}/${first.uid}`, page.title, first.caption));
  const row = element("p", "", "links");
  row.append(like, ...links);
  item.append(picture, caption, facts, row);
  return item;
}

function link(place, title, about) {
  const made = element("a", title);
  made.href = place;
  if (about) made.setAttribute("aria-label", `${title}: ${about}`);
  return made;
}

async function answer(url, options, what) {
  const turn = ++asked;
  state.className = "";
  state.textContent = "Searching";
  hits.setAttribute("aria-busy", "true");
  let said;
  let wrong = "";
  try {
    const response = await fetch(url, options);
    said = await response.json();
    if (!response.ok) wrong = said.error;
  } catch (error) {
    wrong = `The service does not answer (${error.message}).`;
  }
  if (turn !== asked) return;
  hits.removeAttribute("aria-busy");
  hits.replaceChildren(...(wrong ? [] : said.hits.map(card)));
  state.className = wrong ? "wrong" : "";
  state.textContent = wrong || `${said.hits.length} pictures ${what}, in ${said.took_ms} ms`;
}

function show(wanted) {
  if (!wanted.has("text") && !wanted.has("like")) {
    hits.replaceChildren();
    state.textContent = "";
    return;
  }
  text.value = wanted.get("text") ?? "";
  rerank.checked = wanted.get("rerank") === "1";
  answer(`search?${wanted}&language=${language}`, {}, wanted.has("text") ? `for “${wanted.get("text")}”` : "like it");
}

function go(wanted) {
  history.pushState(null, "", `?${wanted}`);
  show(wanted);
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const wanted = new URLSearchParams({ text: text.value });
  if (rerank.checked) wanted.set("rerank", "1");
  go(wanted);
});

file.addEventListener("change", () => {
  const [picture] = file.files;
  if (!picture) return;
  text.value = "";
  answer(`search?language=${language}`, { method: "POST", body: picture }, `like ${picture.name}`);
  file.value = "";
});

window.addEventListener("popstate", () => show(new URLSearchParams(location.search)));

fetch("about").then((response) => response.json()).then((about) => {
  document.getElementById("pictures").textContent = `${about.pictures.toLocaleString("en")} pictures`;
  document.getElementById("look").hidden = !about.rerank;
  ofPair = about.pages.filter((page) => page.of_pair);
  const others = about.pages.filter((page) => !page.of_pair);
  document.getElementById("pages").append(...others.map((page) => link(`${page.name}/`, page.title)));
}).finally(() => show(new URLSearchParams(location.search)));
