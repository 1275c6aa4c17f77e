// Exceptions to the matching rules: a CSV is looked at first, and taken over when its effect is what was meant.

import { change, get } from "./api.js";
import { cell, h } from "./dom.js";
import { mark, plural, trouble } from "./words.js";

/** What was typed and is not taken over yet: it outlives the view, and the session. */
let draft = null;

export function overrides({ update, redraw }) {
  /** With the `text` that it is about. */
  let preview = null;
  let answer = null;
  let busy = false;
  /** What stood in the file when it was last read. */
  let base = null;

  const field = () => document.getElementById("csv");
  const text = () => draft ?? base;
  async function load(signal) {
    const data = await get("/api/v1/overrides", signal);
    if (signal.aborted) return data;
    base = data.csv || `${data.columns.join(",")}\n`;
    if (draft === base) draft = null;
    if (field()) field().value = text();
    return data;
  }
  function type(value) {
    const hadDraft = draft !== null;
    draft = value === base ? null : value;
    if (!preview && !answer && hadDraft === (draft !== null)) return;
    preview = answer = null;
    redraw();
  }
  async function act(work) {
    if (busy) return;
    busy = true;
    answer = null;
    try {
      await work();
    } catch (problem) {
      answer = problem.status === 413
        ? trouble("This is more than the page can send.", "Put it into the file that plugins.yaml names, up to 16 MB: a change is taken over by itself.")
        : trouble(problem.message, problem.remedy);
    }
    busy = false;
    redraw();
  }
  async function look() {
    preview = null;
    const asked = text();
    preview = { ...await change("POST", "/api/v1/overrides/preview", { csv: asked }), text: asked };
  }
  const choose = ({ target }) => act(async () => {
    const [area, [file]] = [field(), target.files];
    if (!file) return;
    area.value = await file.text();
    type(area.value);
    // So that the same file can be chosen again, when it was mended.
    target.value = "";
    await look();
  });
  const take = (seen) => act(async () => {
    await change("PUT", "/api/v1/overrides", { csv: seen });
    if (draft === seen) draft = null;
    preview = null;
    answer = h("p", { class: "good" }, "The file is written, and the exceptions count from now on.");
    await update();
  });
  function discard() {
    field().value = base;
    type(base);
  }

  function effect(data) {
    // The text may be another one by now.
    if (preview?.text !== text()) return null;
    const seen = preview.text;
    if (preview.problems.length) {
      return h("section", { class: "card bad-card", "data-key": "problems", "aria-labelledby": "problems" },
        h("header", {}, h("h2", { id: "problems" }, "This text has mistakes")),
        h("ul", { class: "plain" }, preview.problems.map((problem) => h("li", { class: "problem" }, mark("failing"),
          h("div", {}, h("p", {}, problem.text), h("p", { class: "quiet" }, `line ${problem.line}, column ${problem.column}`))))));
    }
    return h("section", { class: "card", "data-key": "effect", "aria-labelledby": "effect" },
      h("header", {}, h("h2", { id: "effect" }, preview.total === 0 ? "This would change nothing" : `This would make ${plural(preview.total, "change", "changes")}`)),
      preview.idle.length > 0 && h("ul", { class: "plain idle" }, preview.idle.map((line) => h("li", { class: "problem" }, mark("pending"), h("p", {}, "No effect: ", line)))),
      preview.total > 0 && h("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": "Changes" }, h("table", { class: "folds", role: "table" },
        h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, ["Who", "Now", "Then"].map((word) => h("th", { scope: "col", role: "columnheader" }, word)))),
        h("tbody", { role: "rowgroup" }, preview.changes.map((one) => h("tr", { role: "row", "data-key": `${one.plugin} ${one.user}` },
          h("th", { scope: "row", role: "rowheader" }, one.name, h("span", { class: "quiet small" }, `${one.plugin} ${one.user}`)),
          cell("now", one.before), cell("then", one.after)))))),
      preview.total > preview.changes.length && h("p", { class: "note quiet" }, `The first ${preview.changes.length} are shown.`),
      data.file
        ? h("button", { type: "button", class: "primary take", disabled: busy, onclick: () => take(seen) }, "Take over")
        : null);
  }

  function render(data) {
    return [
      h("p", { class: "back", "data-key": "back" }, h("a", { href: "#/people" }, "← People")),
      h("h1", { "data-key": "title" }, "Exceptions"),
      h("p", { class: "lead", "data-key": "lead" }, "Whom the matching rules get wrong: a row names a user of each system by id, e-mail address or another identity, and says match or exclude."),
      data.file
        ? h("p", { class: "quiet", "data-key": "file" }, "Kept in ", h("code", {}, data.file), ".")
        : h("div", { class: "card", "data-key": "file" }, h("p", {}, "plugins.yaml names no file for them yet: they can be tried here, but not taken over."), trouble(null, ["Add ", h("code", {}, "people: { overrides: people.csv }"), " to plugins.yaml, and make that file."])),
      h("form", { class: "card", "data-key": "form", onsubmit: (event) => { event.preventDefault(); act(look); } },
        h("div", { class: "fields" }, h("label", { class: "grow" }, "From a file",
          h("input", { type: "file", accept: ".csv,text/csv", onchange: choose }))),
        h("label", { class: "block", for: "csv" }, "Or here, as CSV"),
        h("textarea", { id: "csv", rows: 10, spellcheck: "false", autocomplete: "off", value: text(), oninput: (event) => type(event.target.value) }),
        h("div", { class: "fields" },
          h("button", { class: "primary", disabled: busy }, "Show what would change"),
          draft !== null && h("button", { type: "button", onclick: discard }, "Discard")),
        h("div", { class: "answer", role: "status" }, answer)),
      effect(data),
    ];
  }
  return { title: "Exceptions", load, render };
}
