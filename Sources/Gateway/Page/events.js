// What the gateway decided, and what went wrong, as it happens.

import { get, keepInAddress, query } from "./api.js";
import { h } from "./dom.js";
import { personAddress } from "./people.js";
import { clock, number, plural } from "./words.js";

const kinds = { decision: "decisions", delivery: "failed deliveries", check: "check marks", log: "log", audit: "administrator" };
const most = 1000;
const drawn = 300;

export function events(parameters, { update, redraw }) {
  const wish = { search: parameters.get("search") ?? "", kind: parameters.get("kind") ?? "", level: parameters.get("level") ?? "" };
  const visit = new AbortController();
  let entries = [];
  /** From where they are. */
  let source = null;
  /** The id of the last event that was heard of, wanted or not. */
  let newest = 0;
  let stream = null;
  let starting = null;
  let live = true;
  let connected = false;
  let drawing = null;
  let returning = null;

  function listen() {
    const mine = new EventSource(`/api/v1/events/stream?after=${newest}`);
    stream = mine;
    mine.onopen = () => { connected = true; soon(); };
    mine.onerror = () => {
      connected = false;
      // The browser has given up: the session is over, or too many pages listen. The list tells.
      if (mine.readyState === EventSource.CLOSED) startAgain(2000);
      soon();
    };
    mine.onmessage = (message) => {
      const entry = JSON.parse(message.data);
      // Ids outlive a restart of the gateway, unless its clock was set back meanwhile.
      if (entry.id <= newest) return startAgain(250);
      newest = entry.id;
      if (!isOfKind(entry)) return;
      entries.unshift(entry);
      entries.length = Math.min(entries.length, most);
      soon();
    };
  }
  function hangUp() {
    stream?.close();
    stream = null;
    connected = false;
  }
  function startAgain(after) {
    hangUp();
    returning ??= setTimeout(() => { returning = null; update(); }, after);
  }
  /** Many events are drawn together. */
  function soon() {
    drawing ??= setTimeout(() => { drawing = null; redraw(); }, 250);
  }
  const isOfKind = (entry) => (!wish.kind || entry.kind === wish.kind) && (!wish.level || entry.level === wish.level);
  function isFound(entry) {
    const text = [entry.message, entry.detail, entry.name, entry.plugin, entry.user].join("\n").toLowerCase();
    return wish.search.toLowerCase().split(" ").every((word) => text.includes(word));
  }
  const wanted = () => `/api/v1/events?${query({ kind: wish.kind, level: wish.level, limit: most })}`;
  /** However often it is asked for, and whatever happens meanwhile: one list, one stream. */
  async function load() {
    while (source !== wanted() || (live && !stream)) await (starting ??= start().finally(() => { starting = null; }));
    return entries;
  }
  async function start() {
    hangUp();
    const address = wanted();
    // Before the list: what comes after it is in the list, or in the stream, which need not begin with the last of the kind.
    const last = await get("/api/v1/events?limit=1", visit.signal);
    const list = await get(address, visit.signal);
    if (visit.signal.aborted) return;
    [entries, source] = [list.events, address];
    newest = Math.max(last.events[0]?.id ?? 0, entries[0]?.id ?? 0);
    if (live) listen();
  }
  function stop() {
    visit.abort();
    clearTimeout(drawing);
    clearTimeout(returning);
    hangUp();
  }
  function ask(changes) {
    Object.assign(wish, changes);
    keepInAddress("#/events", wish);
    if (source === wanted()) redraw();
    else update();
  }
  function toggle() {
    live = !live;
    if (live) return update();
    hangUp();
    redraw();
  }

  function render() {
    const found = entries.filter(isFound);
    return [
      h("div", { class: "title", "data-key": "title" }, h("h1", {}, "Events"),
        h("button", { type: "button", class: `live ${connected ? "on" : ""}`, "aria-pressed": String(live), onclick: toggle },
          h("span", { class: "lamp", "aria-hidden": "true" }), live ? (connected ? "Live" : "Connecting …") : "Paused")),
      h("form", { class: "tools", role: "search", "data-key": "tools", onsubmit: (event) => event.preventDefault() },
        h("label", { class: "grow" }, h("span", { class: "unseen" }, "Search in events"),
          h("input", { type: "search", placeholder: "Search in events", value: wish.search,
            oninput: (event) => ask({ search: event.target.value }) })),
        choice("Kind", "Everything", kinds, wish.kind, (kind) => ask({ kind })),
        choice("Level", "All levels", { info: "information", warning: "warnings", error: "errors" }, wish.level,
          (level) => ask({ level }))),
      h("p", { class: "quiet count", "data-key": "count" },
        `${number(found.length)} of the last ${plural(entries.length, "event", "events")}`),
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
  return h("li", { class: entry.level, "data-key": String(entry.id) },
    clock(entry.at),
    h("span", { class: "plugin" }, entry.plugin ?? ""),
    h("span", { class: "text" },
      levels[entry.level] && h("b", { class: `level ${entry.level}` }, levels[entry.level]),
      withPerson && entry.name && [isKnown(entry) ? h("a", { href: personAddress(entry) }, entry.name) : entry.name, ": "],
      entry.message,
      entry.detail && h("span", { class: "quiet" }, ` — ${entry.detail}`)));
}

/** A pseudonym leads to nobody. */
const isKnown = (entry) => entry.plugin && entry.user && !/^person-[0-9a-f]{8}$/.test(entry.user);
