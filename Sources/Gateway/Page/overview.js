// The first page: does it work, and if not, why and what to do.

import { get } from "./api.js";
import { h } from "./dom.js";
import { onHold, pauses } from "./pause.js";
import { personAddress } from "./people.js";
import { retries } from "./retry.js";
import { mark, milliseconds, number, plural, since, standings, trouble } from "./words.js";

const all = (data) => data.plugins.flatMap((plugin) => plugin.checks.map((check) => ({ plugin, check })));

export function summarize(data) {
  const failing = all(data).filter(({ check }) => check.state === "failing").length;
  const pending = all(data).filter(({ check }) => check.state === "pending").length;
  if (failing) return { state: "failing", text: failing === 1 ? "1 thing needs attention" : `${failing} things need attention` };
  if (pending) return { state: "pending", text: pending === 1 ? "1 step is under way" : `${pending} steps are under way` };
  return { state: "ok", text: "Everything works" };
}

export function overview(parameters, shell) {
  const hold = pauses(shell);
  const retry = retries(shell);
  return { title: "Overview", every: 2000, load: (signal) => get("/api/v1/overview", signal), render: (data) => render(data, hold, retry) };
}

function render(data, hold, retry) {
  const { state, text } = summarize(data);
  const failing = all(data).filter(({ check }) => check.state === "failing");
  const perMinute = data.routes.reduce((sum, route) => sum + route.perMinute, 0);
  return [
    h("section", { class: `hero ${state}`, "data-key": "hero", "aria-labelledby": "hero" },
      mark(state),
      h("div", {},
        h("h1", { id: "hero" }, text),
        h("p", { class: "lead" },
          `${plural(data.people.matched, "person", "people")} in step · ${plural(perMinute, "change", "changes")} in the last minute`),
      ),
      failing.length > 0 && h("ul", { class: "attention" }, failing.map(({ plugin, check }) =>
        h("li", { "data-key": `${plugin.id} ${check.name}` },
          h("h2", {}, h("span", { class: "quiet" }, `${plugin.id} · `), check.name), trouble(check.detail, check.remedy)))),
      failing.length > 0 && retry(),
    ),
    h("div", { class: "packed", "data-key": "plugins" }, ownLast(data.plugins).map(plugin)),
    h("div", { class: "grid", "data-key": "routes" }, data.routes.map((one) => route(one, hold, data.routes))),
    data.pausedPeople.length > 0 && pausedCard(data.pausedPeople),
    peopleCard(data.people),
  ];
}

/** The gateway's own marks are seldom what one looks for. */
const ownLast = (plugins) => plugins.toSorted((a, b) => (a.id === "gateway") - (b.id === "gateway"));

const byName = (checks) =>
  checks.toSorted((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }));

function plugin(plugin) {
  return h("section", { class: "card", "data-key": plugin.id, "aria-labelledby": `plugin-${plugin.id}` },
    h("header", {}, h("h2", { id: `plugin-${plugin.id}` }, plugin.id), h("span", { class: "quiet" }, plugin.type)),
    h("ol", { class: "chain" }, byName(plugin.checks).map((check) =>
      h("li", { class: check.state, "data-key": check.name },
        mark(check.state),
        h("div", { class: "what" },
          h("p", { class: "name" }, check.name, !check.required && check.state !== "ok" && h("span", { class: "quiet" }, " (optional)")),
          check.state === "failing"
            ? trouble(check.detail, check.remedy)
            : check.detail && h("p", { class: "quiet" }, check.detail)),
        check.since && h("time", { datetime: check.since, title: new Date(check.since).toLocaleString() }, `for ${since(check.since)}`),
      ))),
    plugin.peopleWithProblems > 0 &&
      h("p", { class: "note" }, h("a", { href: "#/people?problems=true" },
        `${plural(plugin.peopleWithProblems, "person has", "people have")} a problem here`)),
  );
}

function route(route, hold, routes) {
  // What waits and what is refused is the sink's: where several routes end, it belongs to all of them.
  const whose = routes.filter(({ to }) => to === route.to).length > 1 ? `, all to ${route.to}` : "";
  const name = `${route.from} → ${route.to}`;
  const fact = (value, word) => h("div", {}, h("dd", {}, value), h("dt", {}, word));
  const address = `/api/v1/routes/${encodeURIComponent(route.from)}/${encodeURIComponent(route.to)}`;
  return h("section", { class: "card route", "data-key": name, "aria-label": `Route from ${route.from} to ${route.to}` },
    h("header", {}, h("h2", {}, name), hold.button(address, name, route.pause)),
    hold.details(address, name, route.pause),
    h("div", { class: "pace" },
      h("p", {}, h("b", { class: "figure" }, number(route.perMinute)), h("span", { class: "quiet" }, " changes a minute")),
      chart(route)),
    h("dl", { class: "facts" },
      fact(number(route.delivered), "delivered"), fact(milliseconds(route.latencyP50ms), "median"), fact(milliseconds(route.latencyP99ms), "99 %"),
      fact(number(route.outbox), `waiting${whose}`), fact(number(route.retries), `retries${whose}`),
      fact(number(route.failed), `refused${whose}`)),
  );
}

/** Deliveries of the last ten minutes, ten seconds a bar. */
function chart(route) {
  const top = Math.max(4, ...route.series);
  const bars = route.series.map((count, index) => {
    const height = count === 0 ? 1 : Math.max(2, (count / top) * 44);
    return h("rect", { class: count ? "bar" : "none", x: index * 4, y: 46 - height, width: 3, height, rx: 0.75 });
  });
  const sum = route.series.reduce((a, b) => a + b, 0);
  return h("svg", { class: "chart", viewBox: "0 0 240 46", preserveAspectRatio: "none", role: "img",
    "aria-label": `${plural(sum, "delivery", "deliveries")} in the last ten minutes` }, bars);
}

const pausedCard = (paused) =>
  h("section", { class: "card", "data-key": "paused", "aria-labelledby": "paused" },
    h("header", {}, h("h2", { id: "paused" }, "People on hold")),
    h("ul", { class: "plain" }, paused.map((pause) =>
      h("li", { "data-key": `${pause.person.plugin} ${pause.person.user}` },
        h("a", { href: personAddress(pause.person) }, pause.person.name), onHold(pause)))));

function peopleCard(people) {
  const counts = Object.keys(standings).map((word) => [word, people[word]]);
  const total = counts.reduce((sum, [, count]) => sum + count, 0);
  let at = 0;
  const parts = counts.filter(([, count]) => count).map(([word, count]) => {
    const width = (count / Math.max(1, total)) * 1000;
    at += width;
    return h("rect", { class: word, x: at - width, y: 0, width: Math.max(width - 2, 2), height: 10 });
  });
  return h("section", { class: "card", "data-key": "people", "aria-labelledby": "people" },
    h("header", {}, h("h2", { id: "people" }, "People"), h("a", { href: "#/people" }, "Show everyone")),
    total > 0 && h("svg", { class: "share", viewBox: "0 0 1000 10", preserveAspectRatio: "none", "aria-hidden": "true" }, parts),
    h("ul", { class: "counts" }, counts.map(([word, count]) =>
      h("li", {}, h("a", { href: `#/people?standing=${word}`, title: standings[word][1] },
        h("b", {}, number(count)), h("span", {}, h("i", { class: `key ${word}`, "aria-hidden": "true" }), standings[word][0].toLowerCase()))))),
  );
}
