// What the gateway decided, and what went wrong, as it happens.

import { get } from "./api.js";
import { h } from "./dom.js";
import { personAddress } from "./people.js";
import { clock, number } from "./words.js";

const kinds = { decision: "decisions", delivery: "failed deliveries", check: "check marks", log: "log", audit: "administrator" };
const most = 1000;
const drawn = 300;

export function events(parameters, update) {
  const wish = { search: "", kind: parameters.get("kind") ?? "", level: "" };
  let entries = [];
  let stream = null;
  let live = true;
  let connected = false;
  let waiting = null;

  function listen() {
    stream = new EventSource("/api/v1/events/stream");
    stream.onopen = () => { connected = true; soon(); };
    stream.onerror = () => { connected = false; soon(); };
    stream.onmessage = (message) => {
      const entry = JSON.parse(message.data);
      if (entries.length && entry.id <= entries[0].id) return;
      entries.unshift(entry);
      entries.length = Math.min(entries.length, most);
      soon();
    };
  }
  /** Many events are drawn together. */
  function soon() {
    waiting ??= setTimeout(() => { waiting = null; update(); }, 250);
  }
  function isWanted(entry) {
    if (wish.kind && entry.kind !== wish.kind) return false;
    if (wish.level && entry.level !== wish.level) return false;
    const text = [entry.message, entry.detail, entry.name, entry.plugin, entry.user].join("\n").toLowerCase();
    return wish.search.toLowerCase().split(" ").every((word) => text.includes(word));
  }
  async function load() {
    if (!stream && live) {
      entries = (await get(`/api/v1/events?limit=${most}`)).events;
      listen();
    }
    return entries;
  }
  function stop() {
    clearTimeout(waiting);
    stream?.close();
    stream = null;
    connected = false;
  }
  function toggle() {
    live = !live;
    if (!live) stop();
    update();
  }

  function render() {
    const found = entries.filter(isWanted);
    return [
      h("div", { class: "title", "data-key": "title" }, h("h1", {}, "Events"),
        h("button", { type: "button", class: `live ${connected ? "on" : ""}`, "aria-pressed": String(live), onclick: toggle },
          h("span", { class: "lamp", "aria-hidden": "true" }), live ? (connected ? "Live" : "Connecting …") : "Paused")),
      h("form", { class: "tools", role: "search", "data-key": "tools", onsubmit: (event) => event.preventDefault() },
        h("label", { class: "grow" }, h("span", { class: "unseen" }, "Search in events"),
          h("input", { type: "search", placeholder: "Search in events", value: wish.search,
            oninput: (event) => { wish.search = event.target.value; update(); } })),
        choice("Kind", "Everything", kinds, wish.kind, (value) => { wish.kind = value; update(); }),
        choice("Level", "All levels", { info: "information", warning: "warnings", error: "errors" }, wish.level,
          (value) => { wish.level = value; update(); })),
      h("p", { class: "quiet count", "data-key": "count" },
        `${number(found.length)} of the last ${number(entries.length)} decisions and errors`),
      h("section", { class: "card", "data-key": "list", "aria-label": "Events" },
        found.length ? h("ol", { class: "events" }, found.slice(0, drawn).map((entry) => eventRow(entry, true)))
          : h("p", { class: "quiet" }, entries.length ? "Nothing of the kind." : "Nothing yet."),
        found.length > drawn && h("p", { class: "note quiet" }, `The newest ${drawn} are shown: search for older ones.`)),
    ];
  }
  return { title: "Events", load, render, stop };
}

const choice = (label, none, words, value, chosen) =>
  h("label", {}, h("span", { class: "unseen" }, label),
    h("select", { onchange: (event) => chosen(event.target.value) },
      h("option", { value: "", selected: value === "" }, none),
      Object.entries(words).map(([word, text]) => h("option", { value: word, selected: value === word }, text))));

const levels = { info: "", warning: "warning", error: "error" };

export function eventRow(entry, withPerson = false) {
  const link = withPerson && entry.user && entry.name && entry.plugin;
  return h("li", { class: entry.level, "data-key": String(entry.id) },
    clock(entry.at),
    h("span", { class: "plugin" }, entry.plugin ?? ""),
    h("span", { class: "text" },
      levels[entry.level] && h("b", { class: `level ${entry.level}` }, levels[entry.level]),
      link && [h("a", { href: personAddress(entry) }, entry.name), ": "],
      entry.message,
      entry.detail && h("span", { class: "quiet" }, ` — ${entry.detail}`)));
}
