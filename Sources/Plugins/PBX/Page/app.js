// The gateway's state inside myApps. myApps has the PBX compute the login; the gateway answers to a good one only.

const query = new URLSearchParams(location.search);
const page = location.pathname.split("/").pop().replace(/\.htm$/, "");
// (I) myApps gives the App object's name as `name`, and answers getLogin for that.
const app = query.get("name") ?? page;
const address = location.href.replace(/^http/, "ws").replace(/[?#].*$/, "").replace(/\/[^/]*$/, "");

const view = document.getElementById("view");
const link = document.getElementById("link");

// What is shown

const h = (tag, attributes, ...children) => {
  const isSVG = ["svg", "path"].includes(tag);
  const node = isSVG ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (value) node.setAttribute(name, value);
  node.append(...children.flat().filter(Boolean));
  return node;
};
const number = (value) => value.toLocaleString("en");
const plural = (count, one, many) => `${number(count)} ${count === 1 ? one : many}`;
const since = (date) => {
  const s = Math.max(0, Math.round((Date.now() - new Date(date)) / 1000));
  if (s < 120) return `${s} s`;
  if (s < 7200) return `${Math.floor(s / 60)} min`;
  return s < 172800 ? `${Math.floor(s / 3600)} h` : `${Math.floor(s / 86400)} days`;
};
const milliseconds = (value) =>
  value === undefined ? "–" : value >= 10000 ? `${Math.round(value / 1000)} s` : `${Math.round(value * 10) / 10} ms`;

const signs = {
  ok: ["Working", "M4.5 8.3l2.4 2.4 4.8-5.2"],
  pending: ["Under way", "M4.6 8h.01M8 8h.01M11.4 8h.01"],
  failing: ["Not working", "M5.2 5.2l5.6 5.6M10.8 5.2l-5.6 5.6"],
};
const mark = (state) =>
  h("span", { class: `mark ${state}` },
    h("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" }, h("path", { d: signs[state][1] })),
    h("span", { class: "unseen" }, signs[state][0]));
const trouble = ({ detail, remedy }) => [
  detail && h("p", { class: "reason" }, detail),
  remedy && h("p", { class: "remedy" }, h("b", {}, "What to do: "), remedy),
];
const facts = (pairs) =>
  h("dl", { class: "facts" }, pairs.map(([value, word]) => h("div", {}, h("dd", {}, value), h("dt", {}, word))));

function show(status) {
  const checks = status.plugins.flatMap((plugin) => plugin.checks.map((check) => ({ ...check, id: plugin.id })));
  const failing = checks.filter((check) => check.state === "failing");
  const pending = checks.filter((check) => check.state === "pending");
  const [state, text] = failing.length
    ? ["failing", plural(failing.length, "thing needs attention", "things need attention")]
    : pending.length
      ? ["pending", plural(pending.length, "step is under way", "steps are under way")]
      : ["ok", "Everything works"];
  view.replaceChildren(
    h("section", { class: "hero" }, mark(state),
      h("div", {}, h("h1", {}, text),
        h("p", { class: "quiet" }, `${plural(status.people.matched, "person", "people")} in step · running for ${since(status.startedAt)}`)),
      failing.length > 0 && h("ul", { class: "attention" }, failing.map((check) =>
        h("li", {}, h("h2", {}, h("span", { class: "quiet" }, `${check.id} · `), check.name), ...trouble(check))))),
    h("div", { class: "cards" }, status.plugins.map(plugin), status.routes.map(route), people(status.people)),
    h("footer", {}, `Version ${status.version}. This page only shows; changes are made in the gateway.`));
  delete view.dataset.stale;
}

const plugin = (plugin) =>
  h("section", { class: "card", "aria-label": plugin.id },
    h("header", {}, h("h2", {}, plugin.id), h("span", { class: "quiet" }, plugin.type)),
    h("ol", { class: "chain" },
      plugin.checks.toSorted((a, b) => a.name.localeCompare(b.name, "en", { numeric: true })).map((check) =>
        h("li", {}, mark(check.state),
          h("div", {}, h("p", {}, check.name),
            ...(check.state === "failing" ? trouble(check) : [check.detail && h("p", { class: "quiet" }, check.detail)])),
          check.since && h("time", { datetime: check.since }, since(check.since))))));

const route = (route) =>
  h("section", { class: "card" },
    h("header", {}, h("h2", {}, `${route.from} → ${route.to}`)),
    facts([[number(route.delivered), "delivered"], [milliseconds(route.latencyP50ms), "median"],
      [number(route.outbox), "waiting"], [number(route.failed), "refused"]]));

const people = (people) =>
  h("section", { class: "card" },
    h("header", {}, h("h2", {}, "People")),
    facts(["matched", "unmatched", "ambiguous", "excluded", "unlicensed"].map((word) => [number(people[word]), word])));

function notice(title, text) {
  view.replaceChildren(h("section", { class: "notice" }, h("h1", {}, title), h("p", { class: "quiet" }, text)));
  delete view.dataset.stale;
}

// Whom to ask

const inMyApps = window.parent !== window;
const toMyApps = (message) => window.parent.postMessage(JSON.stringify(message), "*");
let socket = null;
let pause = 1000;
let timer = 0;

const say = (message) => socket?.readyState === WebSocket.OPEN && socket.send(JSON.stringify(message));
const ask = () => say({ mt: "GetStatus" });
const later = (milliseconds, work) => {
  clearTimeout(timer);
  timer = setTimeout(work, milliseconds);
};

function connect() {
  clearTimeout(timer);
  let refused = false;
  socket = new WebSocket(address);
  socket.onopen = () => say({ mt: "AppChallenge" });
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    if (message.mt === "AppChallengeResult") {
      toMyApps({ mt: "getLogin", app, challenge: message.challenge });
    } else if (message.mt === "AppLoginResult" && message.ok) {
      pause = 1000;
      ask();
    } else if (message.mt === "AppLoginResult") {
      refused = true;
      // Whoever guesses too often is not heard, and may share an address with the PBX.
      pause = 32000;
      notice("You are not let in", `The gateway says: ${message.errorText ?? "login refused"}. `
        + "The App object in the PBX and the gateway must have the same password.");
    } else if (message.mt === "GetStatusResult") {
      show(message.status);
      link.textContent = "Live";
      // A page that nobody sees asks for nothing.
      if (!document.hidden) later(3000, ask);
    }
  };
  socket.onclose = () => {
    link.textContent = refused ? "" : "Not connected";
    if (view.querySelector(".hero")) view.dataset.stale = "";
    else if (!refused) notice("The gateway does not answer", "It is tried again.");
    // A page that nobody sees waits until somebody does.
    if (!document.hidden) later(pause, connect);
    pause = Math.min(pause * 2, 32000);
  };
}

window.addEventListener("message", ({ source, data }) => {
  if (source !== window.parent || typeof data !== "string") return;
  let message;
  try { message = JSON.parse(data); } catch { return; }
  if (message.mt === "SetScheme") document.documentElement.dataset.scheme = message.scheme;
  if (message.mt !== "Login" || message.pbxObj !== app) return;
  // Only what the digest covers; the session key stays here.
  const { app: name, domain, sip, guid, dn, info, digest, pbxObj } = message;
  say({ mt: "AppLogin", app: name, domain, sip, guid, dn, info, digest, pbxObj });
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden || !socket) return;
  if (socket.readyState === WebSocket.CLOSED) connect();
  else ask();
});

if (query.get("scheme")) document.documentElement.dataset.scheme = query.get("scheme");
if (inMyApps) {
  notice("One moment", "The PBX is asked who you are.");
  toMyApps({ mt: "Alive" });
  connect();
} else {
  notice("Open this in myApps", "It shows the gateway's state to users of the PBX, who are known there.");
}
