// The shell around the views: which one is shown, when it is brought up to date, and who may see it.

import { change, currentSession, get, loadSession } from "./api.js";
import { h, morph, morphChildren } from "./dom.js";
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
let hasBegun = false;

/** A view has `title`, `load()` for its data, `render(data)` for its elements, which may change the title, and may have
    `every` (ms) and `stop()`. */
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
    summary(null);
    foot.replaceChildren();
    view.removeAttribute("data-stale");
    draw(null);
    view.querySelector("input")?.focus();
    hasBegun = true;
    return;
  }
  const [next, address] = choose();
  const isNew = shown?.title !== next.title;
  shown = next;
  drawNavigation(address);
  if (isNew) {
    name(shown.title);
    view.removeAttribute("data-stale");
    view.replaceChildren(h("h1", {}, shown.title), h("p", { class: "quiet", id: "loading" }, "Loading …"));
    scrollTo(0, 0);
    // Who went somewhere is there, and is told so; the first view is where one is anyway.
    if (hasBegun) view.focus({ preventScroll: true });
    hasBegun = true;
  }
  await update();
}

function name(title) {
  document.title = `${title} · Presence Gateway`;
  view.setAttribute("aria-label", title);
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
    const loading = document.getElementById("loading");
    if (loading) loading.hidden = true;
    const banner = h("div", { class: "banner", role: "alert", "data-key": "banner" }, mark("failing"),
      h("div", {}, trouble(problem.message, problem.remedy), !loading && h("p", { class: "quiet" }, "What stands below is from before.")));
    const old = view.querySelector(".banner");
    // The same again is not announced again.
    if (old) morph(old, banner);
    else view.prepend(banner);
  }
  if (current.every) timer = setTimeout(update, document.hidden ? current.every * 10 : current.every);
}

function draw(data) {
  const hadFocus = view.contains(document.activeElement);
  morphChildren(view, [shown.render(data)].flat(Infinity).filter(Boolean));
  name(shown.title);
  // What had it may be gone: a form that has done its work, a row that was removed.
  if (hadFocus && !view.contains(document.activeElement)) view.focus({ preventScroll: true });
}

function drawNavigation(current) {
  const links = current === null ? [] : pages.map(([name, address]) =>
    h("a", { href: address, "aria-current": address === current ? "page" : null }, name));
  morphChildren(document.getElementById("nav"), links);
}

function summary(now) {
  const corner = document.getElementById("summary");
  corner.className = `summary ${now?.state ?? ""}`;
  morphChildren(corner, now ? [mark(now.state), h("span", {}, now.text)] : []);
}

/** The gateway's state in the corner, whatever is shown. */
async function watch() {
  if (currentSession().signedIn && !document.hidden) {
    try {
      const data = await get("/api/v1/overview");
      summary(summarize(data));
      morphChildren(foot, [
        h("span", {}, `Version ${data.version}`),
        h("span", {}, `running for ${duration((new Date(data.now) - new Date(data.startedAt)) / 1000)}`),
        h("span", {}, megabytes(data.memory)),
        h("a", { href: "/status.json" }, "JSON"), h("a", { href: "/metrics" }, "Metrics"),
        h("a", { href: "/api/openapi.json" }, "API"),
      ]);
    } catch (problem) {
      // The view itself says what is wrong.
      if (problem.status !== 401) summary({ state: "failing", text: "No answer" });
    }
  }
  setTimeout(watch, 4000);
}

async function start() {
  try {
    await loadSession();
  } catch (problem) {
    morphChildren(view, [h("h1", {}, "Presence Gateway"), h("div", { class: "banner", role: "alert" }, mark("failing"), trouble(problem.message, problem.remedy))]);
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
