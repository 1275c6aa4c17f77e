// How things are said: times, counts, presences, check marks.

import { h } from "./dom.js";
import { serverNow } from "./api.js";

export const number = (value) => value.toLocaleString("en");
export const plural = (count, one, many) => `${number(count)} ${count === 1 ? one : many}`;

export function duration(seconds) {
  const s = Math.max(0, Math.round(seconds));
  if (s < 120) return `${s} s`;
  if (s < 7200) return `${Math.floor(s / 60)} min`;
  if (s < 172800) return `${Math.floor(s / 3600)} h`;
  return `${Math.floor(s / 86400)} days`;
}
export const since = (date) => duration((serverNow() - new Date(date)) / 1000);

/** A moment, told by its distance; the exact time on hover. */
export function time(date, before = "", after = " ago") {
  if (!date) return null;
  const when = new Date(date);
  const ahead = when - serverNow();
  const text = ahead > 1500 ? `in ${duration(ahead / 1000)}` : `${before}${since(date)}${after}`;
  return h("time", { datetime: date, title: when.toLocaleString() }, text);
}
export const clock = (date) =>
  h("time", { datetime: date, title: new Date(date).toLocaleString() }, new Date(date).toLocaleTimeString([], { hourCycle: "h23" }));

export function milliseconds(value) {
  if (value === undefined || value === null) return "–";
  if (value >= 10000) return `${Math.round(value / 1000)} s`;
  return value < 10 ? `${Math.round(value * 10) / 10} ms` : `${Math.round(value)} ms`;
}
export const megabytes = (bytes) => `${Math.round(bytes / 1e6)} MB`;

const signs = {
  ok: ["Working", "M4.5 8.3l2.4 2.4 4.8-5.2"],
  pending: ["Under way", "M4.6 8h.01M8 8h.01M11.4 8h.01"],
  failing: ["Not working", "M5.2 5.2l5.6 5.6M10.8 5.2l-5.6 5.6"],
};
/** A check mark, told by shape, colour and a word for those who see neither. */
export function mark(state) {
  const [word, path] = signs[state];
  return h(
    "span", { class: `mark ${state}` },
    h("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" }, h("path", { d: path })),
    h("span", { class: "unseen" }, word),
  );
}

const availability = {
  available: "Available", busy: "Busy", doNotDisturb: "Do not disturb", away: "Away", offline: "Offline",
  unknown: "Unknown",
};
const activities = {
  inCall: "in a call", inConferenceCall: "in a conference call", inMeeting: "in a meeting", presenting: "presenting",
  focusing: "focusing", urgentOnly: "urgent only", beRightBack: "be right back", outOfOffice: "out of office",
  offWork: "off work", inactive: "inactive", appointment: "appointment", lunch: "at lunch", meal: "at a meal",
  vacation: "on vacation", holiday: "on holiday", travel: "travelling",
};
const calls = { ringing: "ringing", connected: "on the phone", onHold: "call on hold" };

export function presenceText(presence) {
  const parts = [availability[presence.availability] ?? presence.availability];
  if (presence.activity) parts.push(activities[presence.activity] ?? presence.activity);
  const isSaid = presence.call === "connected" && ["inCall", "inConferenceCall"].includes(presence.activity);
  if (calls[presence.call] && !isSaid) parts.push(calls[presence.call]);
  return parts.join(", ");
}
export function presence(value, nothing = "nothing heard yet") {
  if (!value) return h("span", { class: "presence quiet" }, nothing);
  const look = value.call === "connected" && value.availability === "available" ? "busy" : value.availability;
  return h(
    "span", { class: "presence" },
    h("span", { class: `dot ${look}`, "aria-hidden": "true" }), h("span", {}, presenceText(value)),
  );
}

export const standings = {
  matched: ["Matched", "Known to more than one system."],
  unmatched: ["Unmatched", "No other system knows a user with the same identity."],
  ambiguous: ["Ambiguous", "More than one candidate: never guessed."],
  excluded: ["Excluded", "Left out on purpose."],
  unlicensed: ["Unlicensed", "Without what the system needs to serve them."],
};
export const standing = (word) =>
  h("span", { class: `chip ${word}`, title: standings[word]?.[1] }, standings[word]?.[0] ?? word);

/** What is wrong and what to do, for everything that is red. */
export const trouble = (reason, remedy) =>
  h(
    "div", { class: "trouble" },
    reason && h("p", { class: "reason" }, reason),
    remedy && h("p", { class: "remedy" }, h("b", {}, "What to do: "), remedy),
  );
