// The configuration that runs, beside the file as it is now.

import { get } from "./api.js";
import { h } from "./dom.js";
import { mark, time } from "./words.js";

export const configuration = () => ({ title: "Configuration", every: 5000, load: (signal) => get("/api/v1/configuration", signal), render });

function render(data) {
  return [
    h("h1", { "data-key": "title" }, "Configuration"),
    h("p", { class: "lead", "data-key": "lead" }, h("code", {}, data.file), ", read ", time(data.loadedAt), ". Secrets stand elsewhere and are not shown."),
    list("problems", "The file as it is now has mistakes", "failing", data.problems),
    list("warnings", "Worth a look", "pending", data.warnings),
    data.changed
      ? h("section", { class: "card", "data-key": "difference", "aria-labelledby": "difference" },
          h("header", {}, h("h2", { id: "difference" }, "What a reload would change")),
          data.changes.length
            ? h("ul", { class: "facts-list" }, data.changes.map((fact) => h("li", {}, fact)))
            : data.problems.length === 0 && h("p", { class: "quiet" }, "Nothing that makes a difference."),
          h("ol", { class: "code diff", tabindex: "0", "aria-labelledby": "difference" }, data.difference.map((line) =>
            h("li", { class: line.kind },
              h("span", { class: "sign" }, { same: " ", added: "+", removed: "−" }[line.kind],
                line.kind !== "same" && h("span", { class: "unseen" }, line.kind)), line.text))))
      : h("p", { class: "quiet", "data-key": "same" }, "The file has not changed since: a reload would change nothing."),
    h("section", { class: "card", "data-key": "text", "aria-labelledby": "text" },
      h("header", {}, h("h2", { id: "text" }, "What runs")),
      h("ol", { class: "code numbered", tabindex: "0", "aria-labelledby": "text" }, data.text.split("\n").map((line) => h("li", {}, ...coloured(line))))),
  ];
}

function list(key, title, state, problems) {
  return problems.length > 0 && h("section", { class: `card ${state === "failing" ? "bad-card" : ""}`, "data-key": key, "aria-label": title },
    h("header", {}, h("h2", {}, title)),
    h("ul", { class: "plain" }, problems.map((problem) =>
      h("li", { class: "problem" }, mark(state), h("div", {}, h("p", {}, problem.text), h("p", { class: "quiet" }, `line ${problem.line}, column ${problem.column}`))))));
}

/** Comments quiet, keys strong: enough to find one's way. */
function coloured(line) {
  const comment = line.match(/(^|\s)#.*$/);
  const code = comment ? line.slice(0, comment.index) : line;
  const key = code.match(/^(\s*(?:- )?)([A-Za-z_][\w-]*)(:)/);
  const rest = key ? [key[1], h("span", { class: "key" }, key[2]), code.slice(key[0].length - 1)] : [code];
  return [...rest, comment ? h("span", { class: "comment" }, line.slice(comment.index)) : ""];
}
