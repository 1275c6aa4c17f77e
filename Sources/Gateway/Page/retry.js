// For whoever has mended something elsewhere: what was refused, and would be left alone for long, is tried now.

import { change } from "./api.js";
import { h } from "./dom.js";
import { trouble } from "./words.js";

/** One of these for each view: it remembers what came of the last time. */
export function retries({ update, redraw }) {
  let said = null;
  let busy = false;

  async function act() {
    if (busy) return;
    busy = true;
    said = "Trying …";
    redraw();
    try {
      await change("POST", "/api/v1/retry");
      said = "Everything is being tried again; a sign-in that keeps being refused, a minute after its last try.";
    } catch (problem) {
      said = trouble(problem.message, problem.remedy);
    }
    busy = false;
    update();
  }
  return () => h("div", { class: "retry", "data-key": "retry" },
    h("button", { type: "button", onclick: act }, "Try again now"),
    h("p", { class: "quiet", role: "status" }, said ?? "When you have mended something: no need to wait."));
}
