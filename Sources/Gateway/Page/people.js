// Everyone, searched, sorted and paged by the gateway, so that 100,000 people are as quick as ten.

import { get, keepInAddress, query } from "./api.js";
import { cell, h } from "./dom.js";
import { milliseconds, number, presence, presenceText, standing, standings, time } from "./words.js";

const size = 50;
const columns = { name: "Name", standing: "Standing", changed: "Last change" };

export function people(parameters, { update }) {
  const wish = {
    search: parameters.get("search") ?? "", standing: parameters.get("standing") ?? "",
    problems: parameters.get("problems") === "true", sort: parameters.get("sort") ?? "name",
    order: parameters.get("order") ?? "ascending", offset: Number(parameters.get("offset") ?? 0) || 0,
  };
  let delay = null;

  const filters = () => ({
    search: wish.search, standing: wish.standing, problems: wish.problems ? "true" : "",
    sort: wish.sort === "name" ? "" : wish.sort, order: wish.order === "ascending" ? "" : wish.order,
  });
  function ask(changes) {
    Object.assign(wish, { offset: 0 }, changes);
    keepInAddress("#/people", { ...filters(), offset: wish.offset || "" });
    update();
  }
  function sortBy(column) {
    const turned = wish.sort === column && wish.order === "ascending";
    ask({ sort: column, order: turned || (column === "changed" && wish.sort !== column) ? "descending" : "ascending" });
  }

  const heading = (column) =>
    h("th", { scope: "col", role: "columnheader", "aria-sort": wish.sort === column ? wish.order : null },
      h("button", { type: "button", class: "sort", onclick: () => sortBy(column) }, columns[column],
        h("span", { class: "arrow", "aria-hidden": "true" }, wish.sort === column ? (wish.order === "ascending" ? "↑" : "↓") : "")));

  const nothing = () => h("span", { class: "quiet" }, "–");
  const column = (text) => h("th", { scope: "col", role: "columnheader" }, text);

  function side(person, system) {
    const side = person.sides.find((one) => one.plugin === system);
    return side ? cell(system, presence(side.presence), ours(side)) : cell(system, nothing());
  }

  function row(person) {
    const latencies = person.sides.map((one) => one.latencyMs).filter((value) => value !== undefined && value !== null);
    const problem = person.problems[0];
    return h("tr", { "data-key": `${person.plugin}/${person.user}`, role: "row" },
      h("th", { scope: "row", role: "rowheader" },
        h("a", { href: personAddress(person) }, person.name || person.user),
        h("span", { class: "quiet small" }, mainIdentity(person))),
      cell("standing", h("span", {}, standing(person.standing), person.pause && h("span", { class: "chip paused" }, "On hold")),
        person.reason && h("span", { class: "quiet small" }, person.reason)),
      shownSystems.map((system) => side(person, system)),
      cell("last change", time(person.changedAt) ?? nothing()),
      cell("latency", latencies.length ? h("span", { class: "figures" }, milliseconds(Math.max(...latencies))) : nothing()),
      cell("problem", problem ? h("span", { class: "bad", title: problem.remedy }, `${problem.plugin}: ${problem.reason}`) : nothing()),
    );
  }

  let shownSystems = [];
  function render(data) {
    shownSystems = data.systems;
    const last = Math.min(data.offset + data.people.length, data.total);
    return [
      h("div", { class: "title", "data-key": "title" }, h("h1", {}, "People"),
        h("div", { class: "tools" }, h("a", { class: "button", href: "#/people/overrides" }, "Exceptions …"),
        h("a", { class: "button", href: `/api/v1/people.csv?${query(filters())}`, download: "people.csv" }, "Export as CSV"))),
      h("form", { class: "tools", role: "search", "data-key": "tools", onsubmit: (event) => event.preventDefault() },
        h("label", { class: "grow" }, h("span", { class: "unseen" }, "Search by name, address or number"),
          h("input", { type: "search", name: "search", value: wish.search, placeholder: "Search by name, address or number",
            oninput: (event) => { clearTimeout(delay); const text = event.target.value; delay = setTimeout(() => ask({ search: text }), 150); } })),
        h("label", {}, h("span", { class: "unseen" }, "Standing"),
          h("select", { name: "standing", onchange: (event) => ask({ standing: event.target.value }) },
            h("option", { value: "", selected: wish.standing === "" }, "Everyone"),
            Object.entries(standings).map(([word, [text]]) => h("option", { value: word, selected: wish.standing === word }, text)))),
        h("label", { class: "tick" }, h("input", { type: "checkbox", name: "problems", checked: wish.problems,
          onchange: (event) => ask({ problems: event.target.checked }) }), "with problems only"),
        h("div", { class: "narrow" },
          h("select", { name: "sort", "aria-label": "Sort by", onchange: (event) => sortBy(event.target.value) },
            Object.entries(columns).map(([word, text]) => h("option", { value: word, selected: wish.sort === word }, `by ${text.toLowerCase()}`))))),
      h("p", { class: "quiet count", role: "status", "data-key": "count" },
        data.total === 0 ? "Nobody is found." : `${number(data.offset + 1)}–${number(last)} of ${number(data.total)}`),
      data.total > 0 && h("div", { class: "table card", "data-key": "table" }, h("table", { class: "people folds", role: "table", "aria-label": "People" },
        h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, heading("name"), heading("standing"),
          data.systems.map(column), heading("changed"), column("Latency"), column("Problem"))),
        h("tbody", { role: "rowgroup" }, data.people.map(row)))),
      data.total > size && h("nav", { class: "pages", "aria-label": "Pages of people", "data-key": "pages" },
        h("button", { type: "button", disabled: data.offset === 0, onclick: () => ask({ offset: Math.max(0, wish.offset - size) }) }, "← Previous"),
        h("span", { class: "quiet" }, `Page ${number(Math.floor(data.offset / size) + 1)} of ${number(Math.ceil(data.total / size))}`),
        h("button", { type: "button", disabled: last >= data.total, onclick: () => ask({ offset: wish.offset + size }) }, "Next →")),
    ];
  }
  return {
    title: "People", every: 3000, render, stop: () => clearTimeout(delay),
    load: (signal) => get(`/api/v1/people?${query({ ...filters(), offset: wish.offset, limit: size })}`, signal),
  };
}

export const personAddress = (person) =>
  `#/people/${encodeURIComponent(person.plugin)}/${encodeURIComponent(person.user)}`;

export function mainIdentity(person) {
  const all = person.sides.flatMap((side) => side.identities);
  return (all.find((one) => one.kind === "email") ?? all.find((one) => one.kind === "upn") ?? all[0])?.value ?? "";
}

/** What this system shows because of us, when it does or should. */
export function ours(side) {
  const word = (value) => (value ? presenceText(value).toLowerCase() : "nothing");
  if (!side.settled) return h("span", { class: "small wait" }, `should show: ${word(side.requested)}`);
  return side.held ? h("span", { class: "small quiet" }, `shows ours: ${word(side.held)}`) : null;
}
