// One person: what each system says and shows, why, what comes next, and what happened last.

import { get } from "./api.js";
import { h } from "./dom.js";
import { eventRow } from "./events.js";
import { pauses } from "./pause.js";
import { mark, milliseconds, presence, presenceText, standing, standings, time, trouble } from "./words.js";

export function person(plugin, user, shell) {
  const address = `/api/v1/people/${encodeURIComponent(plugin)}/${encodeURIComponent(user)}`;
  const hold = pauses(shell);
  const view = { title: "Person", every: 2000, load: (signal) => get(address, signal) };
  view.render = (data) => {
    view.title = data.person.name || data.person.user;
    return render(data, address, hold);
  };
  return view;
}

const kinds = { email: "e-mail", upn: "sign-in name", sip: "SIP", number: "number", name: "name" };

function render({ person, story, events }, address, hold) {
  const name = person.name || person.user;
  const isMatched = person.standing === "matched";
  return [
    h("p", { class: "back", "data-key": "back" }, h("a", { href: "#/people" }, "← People")),
    h("div", { class: "title", "data-key": "title" },
      h("div", { class: "title near" }, h("h1", {}, name), standing(person.standing)),
      (isMatched || person.pause) && hold.button(address, name, person.pause)),
    hold.details(address, name, person.pause),
    !isMatched && h("p", { class: "lead", "data-key": "reason" }, person.reason ?? standings[person.standing][1]),
    person.problems.length > 0 && h("section", { class: "card bad-card", "data-key": "problems", "aria-label": "Problems" },
      person.problems.map((problem) => h("div", { class: "problem" }, mark("failing"),
        h("div", {}, h("h2", {}, problem.plugin), trouble(problem.reason, problem.remedy))))),
    h("div", { class: "grid", "data-key": "sides" }, person.sides.map((one) =>
      side(one, story?.sources.find((source) => source.plugin === one.plugin)))),
    story?.sinks.length > 0 && h("section", { class: "card", "data-key": "why", "aria-labelledby": "why" },
      h("header", {}, h("h2", { id: "why" }, "Why")),
      h("ol", { class: "plain" }, story.sinks.map(why))),
    h("section", { class: "card", "data-key": "events", "aria-labelledby": "happened" },
      h("header", {}, h("h2", { id: "happened" }, "What happened last")),
      events.length ? h("ol", { class: "events" }, events.map((event) => eventRow(event))) :
        h("p", { class: "quiet" }, "Nothing since the gateway was started, or too long ago.")),
  ];
}

const line = (word, value) => [h("dt", {}, word), h("dd", {}, value)];

function side(side, source) {
  return h("section", { class: "card", "data-key": side.plugin, "aria-labelledby": `side-${side.plugin}` },
    h("header", {}, h("h2", { id: `side-${side.plugin}` }, side.plugin), h("span", { class: "quiet" }, side.name)),
    h("p", { class: "now" }, presence(side.presence)),
    side.presence?.note && h("blockquote", {}, side.presence.note.text),
    h("dl", { class: "lines" },
      line("heard", time(side.reportedAt) ?? "never"),
      source?.echo && line("not counted", h("span", {}, presenceText(source.echo.presence), ", ", time(source.echo.at), h("span", { class: "quiet" }, ` — ${source.echo.why}`))),
      source?.pollAt && line("asked again", time(source.pollAt)),
      side.deliveredAt && line("last delivery", h("span", {}, time(side.deliveredAt), `, ${milliseconds(side.latencyMs)} after it was heard`)),
      side.identities.map((one) => line(kinds[one.kind] ?? one.kind, one.value)),
      line("id", h("code", {}, side.user))),
  );
}

/** From what the routes ask for to what the system accepted, and what comes next. */
function why(sink) {
  const nothing = h("span", { class: "quiet" }, "nothing of ours");
  const shown = (value) => (value ? presence(value) : nothing.cloneNode(true));
  return h("li", { "data-key": sink.plugin },
    h("h3", {}, sink.plugin, " should show ", sink.effective ? presenceText(sink.effective).toLowerCase() : "nothing of ours"),
    h("dl", { class: "lines" },
      sink.routes.map((route) => line(`from ${route.from}`, h("span", {}, shown(route.contributes),
        route.remark && h("span", { class: "quiet" }, ` — ${route.remark}`),
        route.waiting && h("span", { class: "wait" }, ` — then ${presenceText(route.waiting).toLowerCase()}, `, time(route.waitsUntil))))),
      sink.routes.length > 1 && line(`merged (${sink.merge})`, shown(sink.requested)),
      sink.requested && sink.effective && JSON.stringify(sink.requested) !== JSON.stringify(sink.effective)
        && line("asked for", h("span", {}, presence(sink.requested), h("span", { class: "quiet" }, ` — ${sink.plugin} cannot hold all of it`))),
      line("accepted", shown(sink.delivered)),
      sink.doubtful.length > 0 && line("may show", sink.doubtful.map(presenceText).join(" or ")),
      line("state", sink.state),
      sink.lastAnswer && line("last answer", h("span", {}, sink.lastAnswer.outcome, ", ", time(sink.lastAnswer.at), sink.lastAnswer.reason && h("span", { class: "quiet" }, ` — ${sink.lastAnswer.reason}`))),
      sink.retryAt && line("tried again", time(sink.retryAt)),
      sink.refreshAt && line("refreshed", time(sink.refreshAt)),
      sink.leaseEnds && line("would end", time(sink.leaseEnds))));
}
