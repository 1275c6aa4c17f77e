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
const notice = document.getElementById("notice");
const leave = document.getElementById("leave");
const foot = document.getElementById("foot");
let shown = null;
let timer = null;
let again = null;
let hasBegun = false;
/** The data of the view that is shown; undefined until they have come. */
let known;
/** Given up when its answer is not wanted any more. */
let asking = new AbortController();
const shell = { update, redraw };

/** A view has `title`, `load(signal)` for its data, `render(data)` for its elements, which may change the title, and may
    have `every` (ms) and `stop()`. It is given `update` and `redraw`: what happened at the gateway is loaded, what changed
    here only is drawn. */
function choose() {
  const [path, search] = (location.hash || "#/").split("?");
  const parameters = new URLSearchParams(search);
  const one = path.match(/^#\/people\/([^/]+)\/([^/]+)$/);
  if (one) return [person(decoded(one[1]), decoded(one[2]), shell), "#/people"];
  if (path === "#/people/overrides") return [overrides(shell), "#/people"];
  const found = pages.find(([, address]) => address === path) ?? pages[0];
  return [found[2](parameters, shell), found[1]];
}

/** An address that somebody typed may be anything: then nobody is found. */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

async function show() {
  shown?.stop?.();
  known = undefined;
  asking.abort();
  clearTimeout(timer);
  view.removeAttribute("data-stale");
  const session = currentSession();
  leave.hidden = session.access !== "password" || !session.signedIn;
  if (!session.signedIn) {
    shown = login(session, start);
    drawNavigation(null);
    summary(null);
    notice.replaceChildren();
    foot.replaceChildren();
    draw(null);
    view.querySelector("input")?.focus();
    hasBegun = true;
    return;
  }
  const [next, address] = choose();
  const place = (location.hash || "#/").split("?")[0];
  const isNew = shown?.place !== place;
  shown = Object.assign(next, { place });
  drawNavigation(address);
  if (isNew) {
    name(shown.title);
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
  asking.abort();
  asking = new AbortController();
  const { signal } = asking;
  const current = shown;
  let retry = null;
  try {
    const data = current.load ? await current.load(signal) : null;
    if (signal.aborted) return;
    known = data;
    view.removeAttribute("data-stale");
    draw(data);
  } catch (problem) {
    if (signal.aborted) return;
    if (problem.status === 401) return start();
    complain(problem);
    retry = 5000;
  }
  const wait = current.every ?? retry;
  if (wait) timer = setTimeout(update, document.hidden ? wait * 10 : wait);
}

/** Draws the view anew with what is known: only what was done on this page has changed. */
function redraw() {
  if (known === undefined) return;
  try {
    draw(known);
  } catch (problem) {
    complain(problem);
  }
}

/** Above what is known from before, which turns pale. */
function complain(problem) {
  const isOurs = problem.status === undefined;
  if (isOurs) console.error(problem);
  view.setAttribute("data-stale", "");
  const loading = document.getElementById("loading");
  if (loading) loading.hidden = true;
  const [reason, remedy] = isOurs
    ? [`This page made a mistake: ${problem.message}`, "Load it again, and report it if it stays."] : [problem.message, problem.remedy];
  const banner = h("div", { class: "banner", role: "alert", "data-key": "banner" }, mark("failing"),
    h("div", {}, trouble(reason, remedy), !loading && h("p", { class: "quiet" }, "What stands below is from before.")));
  const old = view.querySelector(".banner");
  // The same again is not announced again.
  if (old) morph(old, banner);
  else view.prepend(banner);
}

function draw(data) {
  const hadFocus = view.contains(document.activeElement);
  const banner = view.hasAttribute("data-stale") && view.querySelector(".banner");
  morphChildren(view, [banner, shown.render(data)].flat(Infinity).filter(Boolean));
  name(shown.title);
  // What had it may be gone: a form that has done its work, a row that was removed.
  if (hadFocus && !view.contains(document.activeElement)) view.focus({ preventScroll: true });
}

function drawNavigation(current) {
  const links = current === null ? [] : pages.map(([name, address]) =>
    h("a", { href: address, "aria-current": address === current ? "page" : null }, name));
  morphChildren(document.getElementById("nav"), links);
  showCurrent();
}

/** On a narrow screen not all tabs are in sight. */
function showCurrent() {
  document.querySelector("#nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
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
      if (currentSession().signedIn) drawFrame(data);
    } catch (problem) {
      if (problem.status !== 401) summary({ state: "failing", text: problem.status === 0 ? "No answer" : problem.message });
      else if (currentSession().signedIn) await start();
    }
  }
  setTimeout(watch, 4000);
}

function drawFrame(data) {
  summary(summarize(data));
  morphChildren(notice, data.shadow
    ? [h("p", {}, h("b", {}, "Nothing is written: "), "this gateway runs with --shadow, and only tells what it would have written.")] : []);
  morphChildren(foot, [
    h("span", {}, `Version ${data.version}`),
    h("span", {}, `running for ${duration((new Date(data.now) - new Date(data.startedAt)) / 1000)}`),
    h("span", {}, megabytes(data.memory)),
    h("a", { href: "/status.json" }, "JSON"), h("a", { href: "/metrics" }, "Metrics"),
    h("a", { href: "/api/openapi.json" }, "API"),
  ]);
}

async function start() {
  clearTimeout(again);
  try {
    await loadSession();
  } catch (problem) {
    morphChildren(view, [h("h1", {}, "Presence Gateway"), h("div", { class: "banner", role: "alert" }, mark("failing"), trouble(problem.message, problem.remedy))]);
    summary({ state: "failing", text: "No answer" });
    again = setTimeout(start, 3000);
    return;
  }
  await show();
}

addEventListener("hashchange", show);
addEventListener("resize", showCurrent);
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
