// The shell around the views: which one is shown, when it is brought up to date, and who may see it.

import { change, currentSession, get, loadSession } from "./api.js";
import { h, morphChildren } from "./dom.js";
import { duration, mark, megabytes, trouble } from "./words.js";
import { overview, summarize } from "./overview.js";
import { people } from "./people.js";
import { person } from "./person.js";
import { overrides } from "./overrides.js";
import { accounts } from "./accounts.js";
import { events } from "./events.js";
import { configuration } from "./configuration.js";
import { login } from "./login.js";

const pages = [
  ["Overview", "#/", overview],
  ["People", "#/people", people],
  ["Accounts", "#/accounts", accounts],
  ["Events", "#/events", events],
  ["Configuration", "#/configuration", configuration],
];
const view = document.getElementById("view");
const leave = document.getElementById("leave");
const foot = document.getElementById("foot");
let shown = null;
let timer = null;
let turn = 0;

/** A view has `title`, `load()` for its data, `render(data)` for its elements, and may have `every` (ms) and `stop()`. */
function choose() {
  const [path, search] = (location.hash || "#/").split("?");
  const parameters = new URLSearchParams(search);
  const one = path.match(/^#\/people\/([^/]+)\/([^/]+)$/);
  if (one) return [person(decodeURIComponent(one[1]), decodeURIComponent(one[2]), update), "#/people"];
  if (path === "#/people/overrides") return [overrides(update), "#/people"];
  const found = pages.find(([, address]) => address === path) ?? pages[0];
  return [found[2](parameters, update), found[1]];
}

async function show() {
  shown?.stop?.();
  clearTimeout(timer);
  const session = currentSession();
  leave.hidden = session.access !== "password" || !session.signedIn;
  if (!session.signedIn) {
    shown = login(session, start);
    drawNavigation(null);
    document.getElementById("summary").replaceChildren();
    foot.replaceChildren();
    draw(null);
    view.querySelector("input")?.focus();
    return;
  }
  const [next, address] = choose();
  const isNew = shown?.title !== next.title;
  shown = next;
  drawNavigation(address);
  if (isNew) view.replaceChildren(h("h1", {}, shown.title), h("p", { class: "quiet" }, "Loading …"));
  await update();
  if (isNew && document.activeElement === document.body) view.focus({ preventScroll: true });
  if (isNew) scrollTo(0, 0);
}

/** Loads and draws the view that is shown; again after a while if it wants that. */
async function update() {
  clearTimeout(timer);
  const mine = ++turn;
  const current = shown;
  try {
    const data = current.load ? await current.load() : null;
    if (mine !== turn || current !== shown) return;
    draw(data);
    view.removeAttribute("data-stale");
  } catch (problem) {
    if (mine !== turn || current !== shown) return;
    if (problem.status === 401) return start();
    if (problem.status === undefined) throw problem;
    view.setAttribute("data-stale", "");
    const banner = h("div", { class: "banner", role: "alert", "data-key": "banner" }, mark("failing"), trouble(problem.message, problem.remedy));
    if (view.querySelector(".banner")) view.querySelector(".banner").replaceWith(banner);
    else view.prepend(banner);
  }
  if (current.every) timer = setTimeout(update, document.hidden ? current.every * 10 : current.every);
}

function draw(data) {
  document.title = `${shown.title} · Presence Gateway`;
  morphChildren(view, [shown.render(data)].flat(Infinity).filter(Boolean));
}

function drawNavigation(current) {
  const links = current === null ? [] : pages.map(([name, address]) =>
    h("a", { href: address, "aria-current": address === current ? "page" : null }, name));
  morphChildren(document.getElementById("nav"), links);
}

/** The gateway's state in the corner, whatever is shown. */
async function watch() {
  if (currentSession().signedIn && !document.hidden) {
    try {
      const data = await get("/api/v1/overview");
      const { state, text } = summarize(data);
      const summary = document.getElementById("summary");
      if (summary.dataset.text !== text) {
        summary.dataset.text = text;
        summary.className = `summary ${state}`;
        summary.replaceChildren(mark(state), h("span", {}, text));
      }
      morphChildren(foot, [
        h("span", {}, `Version ${data.version}`),
        h("span", {}, `running for ${duration((new Date(data.now) - new Date(data.startedAt)) / 1000)}`),
        h("span", {}, megabytes(data.memory)),
        h("a", { href: "/status.json" }, "JSON"), h("a", { href: "/metrics" }, "Metrics"),
        h("a", { href: "/api/openapi.json" }, "API"),
      ]);
    } catch {
      // The view itself says what is wrong.
    }
  }
  setTimeout(watch, 4000);
}

async function start() {
  try {
    await loadSession();
  } catch (problem) {
    view.replaceChildren(h("h1", {}, "Presence Gateway"), trouble(problem.message, problem.remedy));
    setTimeout(start, 3000);
    return;
  }
  await show();
}

addEventListener("hashchange", show);
document.addEventListener("visibilitychange", () => document.hidden || (shown?.every && update()));
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  view.focus();
});
leave.addEventListener("click", async () => {
  await change("DELETE", "/api/v1/session").catch(() => null);
  await start();
});
await start();
watch();
