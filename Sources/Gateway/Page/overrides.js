// Exceptions to the matching rules: a CSV is looked at first, and taken over when its effect is what was meant.

import { change, get } from "./api.js";
import { h } from "./dom.js";
import { mark, plural, trouble } from "./words.js";

export function overrides(update) {
  let preview = null;
  let answer = null;
  let busy = false;
  let shown = null;

  const text = () => document.getElementById("csv").value;
  function edited() {
    // What was previewed is not what stands there any more.
    if (!preview && !answer) return;
    preview = answer = null;
    update();
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
    update();
  }
  async function choose(event) {
    const [file] = event.target.files;
    if (!file) return;
    document.getElementById("csv").value = await file.text();
    await look();
  }
  const look = () => act(async () => { preview = await change("POST", "/api/v1/overrides/preview", { csv: text() }); });
  const take = () => act(async () => {
    await change("PUT", "/api/v1/overrides", { csv: text() });
    preview = null;
    answer = h("p", { class: "good" }, "The file is written, and the exceptions count from now on.");
  });

  function effect(data) {
    if (!preview) return null;
    if (preview.problems.length) {
      return h("section", { class: "card bad-card", "data-key": "problems", "aria-labelledby": "problems" },
        h("header", {}, h("h2", { id: "problems" }, "This text has mistakes")),
        h("ul", { class: "plain" }, preview.problems.map((problem) => h("li", { class: "problem" }, mark("failing"),
          h("div", {}, h("p", {}, problem.text), h("p", { class: "quiet" }, `line ${problem.line}, column ${problem.column}`))))));
    }
    return h("section", { class: "card", "data-key": "effect", "aria-labelledby": "effect" },
      h("header", {}, h("h2", { id: "effect" }, preview.total === 0 ? "This would change nothing" : `This would make ${plural(preview.total, "change", "changes")}`)),
      preview.idle.length > 0 && h("ul", { class: "plain idle" }, preview.idle.map((line) => h("li", { class: "problem" }, mark("pending"), h("p", {}, "No effect: ", line)))),
      preview.total > 0 && h("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": "Changes" }, h("table", {},
        h("thead", {}, h("tr", {}, ["Who", "Now", "Then"].map((word) => h("th", { scope: "col" }, word)))),
        h("tbody", {}, preview.changes.map((one) => h("tr", { "data-key": `${one.plugin} ${one.user}` },
          h("th", { scope: "row" }, one.name, h("span", { class: "quiet small" }, `${one.plugin} ${one.user}`)),
          h("td", {}, one.before), h("td", {}, one.after)))))),
      preview.total > preview.changes.length && h("p", { class: "note quiet" }, `The first ${preview.changes.length} are shown.`),
      data.file
        ? h("button", { type: "button", class: "primary take", disabled: busy, onclick: take }, "Take over")
        : null);
  }

  function render(data) {
    shown ??= data.csv || `${data.columns.join(",")}\n`;
    return [
      h("p", { class: "back", "data-key": "back" }, h("a", { href: "#/people" }, "← People")),
      h("h1", { "data-key": "title" }, "Exceptions"),
      h("p", { class: "lead", "data-key": "lead" }, "Whom the matching rules get wrong: a row names a user of each system by id, e-mail address or another identity, and says match or exclude."),
      data.file
        ? h("p", { class: "quiet", "data-key": "file" }, "Kept in ", h("code", {}, data.file), ".")
        : h("div", { class: "card", "data-key": "file" }, h("p", {}, "plugins.yaml names no file for them yet: they can be tried here, but not taken over."), trouble(null, ["Add ", h("code", {}, "people: { overrides: people.csv }"), " to plugins.yaml, and make that file."])),
      h("form", { class: "card", "data-key": "form", onsubmit: (event) => { event.preventDefault(); look(); } },
        h("div", { class: "fields" }, h("label", { class: "grow" }, "From a file",
          h("input", { type: "file", accept: ".csv,text/csv", onchange: choose }))),
        h("label", { class: "block", for: "csv" }, "Or here, as CSV"),
        h("textarea", { id: "csv", rows: 10, spellcheck: "false", autocomplete: "off", value: shown, oninput: edited }),
        h("button", { class: "primary", disabled: busy }, "Show what would change"),
        h("div", { class: "answer", role: "status" }, answer)),
      effect(data),
    ];
  }
  return { title: "Exceptions", load: () => get("/api/v1/overrides"), render };
}
