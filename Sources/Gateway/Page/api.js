// The gateway's JSON API: one place that knows the session, the token of changes, and the server's clock.

let session = { access: "none", signedIn: false, csrfToken: null };
let clockOffset = 0;

export class Refused extends Error {
  constructor(status, reason, remedy) {
    super(reason);
    this.status = status;
    this.remedy = remedy;
  }
}

export const currentSession = () => session;
export const serverNow = () => new Date(Date.now() + clockOffset);

export async function loadSession() {
  session = await get("/api/v1/session");
  return session;
}

export const get = (path, signal) => call("GET", path, undefined, signal);
export const change = (method, path, body) => call(method, path, body);

/** Seconds that an answer may take: a browser has six connections to a gateway, and a hang is to be said. */
const patience = (method) => (method === "GET" ? 15 : 60);

async function call(method, path, body, signal) {
  const token = session.csrfToken;
  try {
    return await ask(method, path, body, signal);
  } catch (problem) {
    if (method === "GET" || problem.status !== 403) throw problem;
    // A gateway that was started anew knows other tokens. It has refused the change, so that this one is the first.
    await loadSession();
    if (!session.csrfToken || session.csrfToken === token) throw problem;
    return ask(method, path, body, signal);
  }
}

async function ask(method, path, body, signal) {
  const headers = { Accept: "application/json" };
  if (method !== "GET" && session.csrfToken) headers["X-CSRF-Token"] = session.csrfToken;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const deadline = AbortSignal.timeout(patience(method) * 1000);
  let answer, text;
  try {
    answer = await fetch(path, {
      method, headers, body: body === undefined ? undefined : JSON.stringify(body), credentials: "same-origin",
      signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
    });
    text = await answer.text();
  } catch {
    throw new Refused(
      0, deadline.aborted ? `The gateway has not answered for ${patience(method)} s.` : "The gateway does not answer.",
      "See whether it is running, and look into its log.",
    );
  }
  const date = Date.parse(answer.headers.get("date") ?? "");
  if (date && Math.abs(date - Date.now() - clockOffset) > 2000) clockOffset = date - Date.now();
  let value = null;
  try {
    value = text ? JSON.parse(text) : null;
  } catch {
    value = null;
  }
  if (answer.ok) return value;
  throw new Refused(
    answer.status, value?.error?.reason ?? (text.trim() || `The gateway answers ${answer.status}.`),
    value?.error?.remedy ?? "Look into the gateway's log.",
  );
}

/** `a=1&b=2` of what has a value. */
export const query = (values) =>
  new URLSearchParams(Object.entries(values).filter(([, value]) => value !== "" && value !== null && value !== undefined)).toString();

/** The page's address keeps what was asked for, without a new entry in the history for each letter. */
export function keepInAddress(place, values) {
  const text = query(values);
  history.replaceState(null, "", text ? `${place}?${text}` : place);
}
