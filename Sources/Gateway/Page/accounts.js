// The accounts that a connector signs in with: how they fare, and adding and removing them.

import { change, get } from "./api.js";
import { h } from "./dom.js";
import { retries } from "./retry.js";
import { mark, plural, time, trouble } from "./words.js";

/** Sign-ins by code that were seen under way: how they end is told, also to who was elsewhere meanwhile. */
const followed = new Map();
const isUnderWay = (signIn) => ["starting", "waiting"].includes(signIn.state);
const forgotten = {
  state: "failed", reason: "The gateway was started anew, and knows nothing of this sign-in.", remedy: "Ask for a code again.",
};

function follow(signIns) {
  const known = new Map(signIns.map((signIn) => [signIn.id, signIn]));
  for (const [id, last] of followed) {
    if (isUnderWay(last)) followed.set(id, known.get(id) ?? { ...last, ...forgotten });
  }
  for (const signIn of signIns) if (isUnderWay(signIn) && !followed.has(signIn.id)) followed.set(signIn.id, signIn);
}
/** What has ended and was told. */
function forget() {
  for (const [id, signIn] of followed) if (!isUnderWay(signIn)) followed.delete(id);
}

export function accounts(parameters, { update, redraw }) {
  let method = "password";
  let busy = false;
  let answer = null;
  const retry = retries({ update, redraw });

  async function submit(event) {
    event.preventDefault();
    if (busy) return;
    const { plugin, name, password } = event.target.elements;
    busy = true;
    answer = null;
    forget();
    redraw();
    try {
      const address = `/api/v1/accounts/${encodeURIComponent(plugin.value)}`;
      const body = method === "password" ? { name: name.value.trim(), password: password.value } : { name: name.value.trim() };
      const begun = await change("POST", address, body);
      if (begun) followed.set(begun.id, begun);
      else answer = h("p", { class: "good" }, `${name.value.trim()} is signed in.`);
      if (password) password.value = "";
      if (!begun) name.value = "";
    } catch (problem) {
      answer = trouble(problem.message, problem.remedy);
    }
    busy = false;
    update();
  }
  async function cancel(signIn) {
    try {
      await change("DELETE", `/api/v1/sign-ins/${signIn.id}`);
      followed.set(signIn.id, { ...signIn, state: "cancelled" });
    } catch (problem) {
      answer = trouble(problem.message, problem.remedy);
    }
    update();
  }
  async function remove(account) {
    if (!confirm(`Remove ${account.name}? The people it carries are taken over by the other accounts.`)) return;
    try {
      await change("DELETE", `/api/v1/accounts/${encodeURIComponent(account.plugin)}/${encodeURIComponent(account.name)}`);
      answer = h("p", { class: "good" }, `${account.name} is removed.`);
    } catch (problem) {
      answer = trouble(problem.message, problem.remedy);
    }
    update();
  }

  function progress(signIn) {
    if (signIn.state === "cancelled") return null;
    if (signIn.state === "done") return h("p", { class: "good" }, `${signIn.account} is signed in.`);
    if (signIn.state === "failed") {
      const { account, reason, remedy } = signIn;
      return trouble(reason.startsWith(account) ? reason : `${account}: ${reason}`, remedy);
    }
    if (signIn.state === "starting") return h("p", { class: "quiet" }, "Asking for a code …");
    return h("div", { class: "device" },
      h("p", {}, "Open ", h("a", { href: signIn.url, rel: "noreferrer", target: "_blank" }, signIn.url), " and type"),
      h("p", { class: "code" }, signIn.code),
      h("p", { class: "quiet" }, "Sign in there as ", h("b", {}, signIn.account), ". This page goes on by itself; the code is good for ", time(signIn.expires, "", ""), "."),
      h("button", { type: "button", onclick: () => cancel(signIn) }, "Cancel"));
  }

  function form(plugins) {
    const way = (value, text) => h("label", { class: "tick" },
      h("input", { type: "radio", name: "way", value, checked: method === value, onchange: () => { method = value; redraw(); } }), text);
    return h("form", { class: "card add", "data-key": "add", onsubmit: submit },
      h("header", {}, h("h2", {}, "Add an account, or renew its sign-in")),
      h("div", { class: "fields" },
        plugins.length > 1
          ? h("label", {}, "Connector", h("select", { name: "plugin", "data-kept": true }, plugins.map((id) => h("option", { value: id }, id))))
          : h("input", { type: "hidden", name: "plugin", value: plugins[0] }),
        h("label", { class: "grow" }, "User name", h("input", { name: "name", required: true, autocomplete: "off", spellcheck: "false", placeholder: "sync2@contoso.example" })),
        method === "password" && h("label", { class: "grow" }, "Password", h("input", { name: "password", type: "password", required: true, autocomplete: "new-password" }))),
      h("fieldset", {}, h("legend", {}, "How it signs in"), way("password", "with its password"),
        way("code", "with a code that somebody types elsewhere, for accounts with a second factor")),
      h("button", { class: "primary", disabled: busy }, busy ? "Signing in …" : method === "password" ? "Sign in and add" : "Ask for a code"),
      h("div", { class: "answer", role: "status" }, answer, [...followed.values()].map(progress)));
  }

  function card(account) {
    const { signIn: check } = account;
    const isOurs = account.origin === "added";
    return h("li", { class: "card account", "data-key": `${account.plugin} ${account.name}` },
      mark(check.state),
      h("div", { class: "what" },
        h("h2", {}, account.name),
        check.state === "failing" ? trouble(check.detail, check.remedy) : h("p", { class: "quiet" }, check.detail ?? (check.state === "ok" ? "signed in" : "signing in")),
        h("ul", { class: "inline" },
          h("li", {}, account.plugin), h("li", {}, `carries ${plural(account.people, "person", "people")}`),
          account.tokenExpires && h("li", {}, "token renewed ", time(account.tokenExpires)),
          account.subscriptionExpires && h("li", {}, "subscriptions renewed ", time(account.subscriptionExpires)),
          h("li", {}, isOurs ? "added here" : "from the configuration file"))),
      isOurs && h("button", { type: "button", onclick: () => remove(account), "aria-label": `Remove ${account.name}` }, "Remove"));
  }

  const render = (data) => [
    h("h1", { "data-key": "title" }, "Accounts"),
    h("p", { class: "lead", "data-key": "lead" }, "With these accounts the gateway reads presence. What is added here is kept encrypted; accounts of the configuration file are changed there."),
    data.accounts.length
      ? h("ul", { class: "plain", "data-key": "list" }, data.accounts.map(card))
      : h("p", { class: "card quiet", "data-key": "none" }, data.plugins.length ? "There are no accounts yet." : "No connector of this gateway signs in with accounts that can be added here."),
    data.accounts.some((account) => account.signIn.state === "failing") && retry(),
    data.plugins.length > 0 && form(data.plugins),
  ];
  return {
    title: "Accounts", render, stop: forget,
    // A code is waited for.
    get every() { return [...followed.values()].some(isUnderWay) ? 1000 : 3000; },
    async load(signal) {
      const data = await get("/api/v1/accounts", signal);
      if (!signal.aborted) follow(data.signIns);
      return data;
    },
  };
}
