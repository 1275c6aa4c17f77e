// The way in, when the listener asks who comes.

import { change } from "./api.js";
import { h } from "./dom.js";
import { trouble } from "./words.js";

export function login(session, done) {
  let problem = null;
  let busy = false;
  const view = { title: "Sign in", render };

  async function submit(event) {
    event.preventDefault();
    const field = event.target.elements.password;
    if (busy || !field.value) return field.focus();
    busy = true;
    try {
      await change("POST", "/api/v1/session", { password: field.value });
      await done();
    } catch (refused) {
      problem = refused;
      field.value = "";
      field.closest("form").querySelector(".answer").replaceChildren(trouble(refused.message, refused.remedy));
      field.focus();
    } finally {
      busy = false;
    }
  }

  function render() {
    if (session.access === "certificate") {
      return h(
        "div", { class: "card login" },
        h("img", { src: "/mark.svg", alt: "", width: 44, height: 44 }),
        h("h1", {}, "Presence Gateway"),
        trouble("The browser has shown no client certificate.", "Choose one of an authority in gateway.admin.tls.client_ca, in a new window."),
      );
    }
    return h(
      "form", { class: "card login", onsubmit: submit },
      h("img", { src: "/mark.svg", alt: "", width: 44, height: 44 }),
      h("h1", {}, "Presence Gateway"),
      h("label", { for: "password" }, "Administrator's password"),
      h("input", { id: "password", name: "password", type: "password", autocomplete: "current-password", required: true }),
      h("div", { class: "answer", role: "alert" }, problem && trouble(problem.message, problem.remedy)),
      h("button", { class: "primary" }, "Sign in"),
    );
  }
  return view;
}
