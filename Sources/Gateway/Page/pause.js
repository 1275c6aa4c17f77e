// A route or a person on hold: what is said about it, and the buttons that begin and end it.

import { change } from "./api.js";
import { h } from "./dom.js";
import { time, trouble } from "./words.js";

const times = [["60", "for 1 hour"], ["240", "for 4 hours"], ["1440", "for a day"], ["10080", "for a week"], ["", "until it is resumed"]];
const meanwhiles = [["keep", "leave what is shown as it is"], ["clear", "take back what we show"]];

/** One of these for each view: it remembers which forms are open. `address` is what the API calls the target. */
export function pauses({ update, redraw }) {
  const open = new Set();
  const problems = new Map();

  async function act(address, work) {
    problems.delete(address);
    try {
      await work();
      open.delete(address);
    } catch (problem) {
      problems.set(address, problem);
    }
    await update();
    // The form is gone, the button says something else: whoever used them goes on from there.
    if (!open.has(address)) buttonOf(address)?.focus();
  }
  function begin(address, event) {
    event.preventDefault();
    const { minutes, meanwhile, reason } = event.target.elements;
    const wish = { minutes: minutes.value ? Number(minutes.value) : null, meanwhile: meanwhile.value, reason: reason.value.trim() || null };
    act(address, () => change("PUT", `${address}/pause`, wish));
  }
  const end = (address) => act(address, () => change("DELETE", `${address}/pause`));
  function toggle(address) {
    const closes = open.delete(address);
    if (!closes) open.add(address);
    problems.delete(address);
    redraw();
    (closes ? buttonOf(address) : document.getElementById(`pause:${address}`)?.elements[0])?.focus();
  }

  const buttonOf = (address) => document.getElementById(`button:${address}`);
  const select = (name, label, choices) =>
    h("label", {}, label, h("select", { name, "data-kept": true }, choices.map(([value, text]) => h("option", { value }, text))));

  function button(address, name, pause) {
    const id = `button:${address}`;
    if (pause) return h("button", { type: "button", id, "aria-label": `Resume ${name}`, onclick: () => end(address) }, "Resume");
    const isOpen = open.has(address);
    return h("button", { type: "button", id, "aria-expanded": String(isOpen), "aria-label": isOpen ? `Cancel: do not pause ${name}` : `Pause ${name}`, onclick: () => toggle(address) },
      isOpen ? "Cancel" : "Pause …");
  }

  /** What is said below the button: until when, or the form. */
  function details(address, name, pause) {
    const problem = problems.get(address);
    const told = problem && h("div", { role: "alert" }, trouble(problem.message, problem.remedy));
    if (pause) return [onHold(pause), told];
    if (!open.has(address)) return [told];
    const leave = (event) => { if (event.key === "Escape") toggle(address); };
    return [h("form", { class: "pause", "data-key": "pause", id: `pause:${address}`, "aria-label": `Pause ${name}`, onsubmit: (event) => begin(address, event), onkeydown: leave },
      h("div", { class: "fields" }, select("minutes", "How long", times), select("meanwhile", "Meanwhile", meanwhiles),
        h("label", { class: "grow" }, "Reason, for others to read", h("input", { name: "reason", maxlength: 200, autocomplete: "off" }))),
      h("button", { class: "primary" }, "Pause")), told];
  }
  return { button, details };
}

/** That something is on hold, how, until when and why. */
export const onHold = (pause) =>
  h("p", { class: "hold", "data-key": "hold" }, h("b", {}, "On hold"),
    pause.meanwhile === "clear" ? ", nothing of ours is shown; " : ", what is shown stays; ",
    pause.until ? ["goes on ", time(pause.until)] : "until it is resumed", pause.reason && ` — ${pause.reason}`);
