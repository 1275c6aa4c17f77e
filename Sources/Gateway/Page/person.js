// One person: what each system says and shows, why, and what happened last.

import { get } from "./api.js";
import { h } from "./dom.js";
import { eventRow } from "./events.js";
import { mark, milliseconds, presence, standing, standings, time, trouble } from "./words.js";

export const person = (plugin, user) => ({
  title: "Person", every: 2000, render,
  load: () => get(`/api/v1/people/${encodeURIComponent(plugin)}/${encodeURIComponent(user)}`),
});

const kinds = { email: "e-mail", upn: "sign-in name", sip: "SIP", number: "number", name: "name" };

function render({ person, events }) {
  return [
    h("p", { class: "back", "data-key": "back" }, h("a", { href: "#/people" }, "← People")),
    h("div", { class: "title near", "data-key": "title" }, h("h1", {}, person.name || person.user), standing(person.standing)),
    h("p", { class: "lead", "data-key": "reason" }, person.reason ?? standings[person.standing][1]),
    person.problems.length > 0 && h("section", { class: "card bad-card", "data-key": "problems", "aria-label": "Problems" },
      person.problems.map((problem) => h("div", { class: "problem" }, mark("failing"),
        h("div", {}, h("h2", {}, problem.plugin), trouble(problem.reason, problem.remedy))))),
    h("div", { class: "grid", "data-key": "sides" }, person.sides.map(side)),
    h("section", { class: "card", "data-key": "events", "aria-labelledby": "happened" },
      h("header", {}, h("h2", { id: "happened" }, "What happened last")),
      events.length ? h("ol", { class: "events" }, events.map((event) => eventRow(event))) :
        h("p", { class: "quiet" }, "Nothing since the gateway was started, or too long ago.")),
  ];
}

function side(side) {
  const line = (word, value) => [h("dt", {}, word), h("dd", {}, value)];
  return h("section", { class: "card", "data-key": side.plugin, "aria-labelledby": `side-${side.plugin}` },
    h("header", {}, h("h2", { id: `side-${side.plugin}` }, side.plugin), h("span", { class: "quiet" }, side.name)),
    h("p", { class: "now" }, presence(side.presence)),
    side.presence?.note && h("blockquote", {}, side.presence.note.text),
    h("dl", { class: "lines" },
      line("heard", time(side.reportedAt) ?? "never"),
      line("should show", side.requested ? presence(side.requested) : h("span", { class: "quiet" }, "nothing of ours")),
      line("accepted", side.held ? presence(side.held) : h("span", { class: "quiet" }, "nothing of ours")),
      line("in step", side.settled ? h("span", { class: "good" }, "yes") : h("span", { class: "wait" }, "not yet")),
      side.deliveredAt && line("last delivery", h("span", {}, time(side.deliveredAt), `, ${milliseconds(side.latencyMs)} after it was heard`)),
      side.identities.map((one) => line(kinds[one.kind] ?? one.kind, one.value)),
      line("id", h("code", {}, side.user))),
  );
}
