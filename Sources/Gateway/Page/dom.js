// Elements as values: `h` makes them, `morph` brings what is on the page to what it should be without losing focus.

const svgTags = new Set(["svg", "rect", "path", "circle", "line", "title", "g"]);
const handlers = ["onclick", "oninput", "onchange", "onsubmit", "onkeydown"];

export function h(tag, attributes, ...children) {
  const node = svgTags.has(tag)
    ? document.createElementNS("http://www.w3.org/2000/svg", tag)
    : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node[name] = value;
    else if (name === "value") node.value = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

const keyOf = (node) => (node.nodeType === 1 ? node.getAttribute("data-key") : null);

/** Of a table that folds on a narrow screen, each row a card: what it is must be said, and roles outlive the change of layout. */
export const cell = (label, ...content) => h("td", { role: "cell", "data-label": label }, ...content);

/** Makes `old` look and behave as `fresh`, keeping its nodes where they are the same. */
export function morph(old, fresh) {
  if (old.nodeType !== fresh.nodeType || old.nodeName !== fresh.nodeName || keyOf(old) !== keyOf(fresh)) {
    old.replaceWith(fresh);
    return fresh;
  }
  if (old.nodeType === 3) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return old;
  }
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  for (const name of handlers) old[name] = fresh[name];
  if (old.nodeName === "INPUT") {
    if (["checkbox", "radio"].includes(old.type)) old.checked = fresh.checked;
    else if (document.activeElement !== old && old.type === "search") old.value = fresh.value;
    return old;
  }
  const chosen = old.nodeName === "SELECT" && !old.hasAttribute("data-kept") ? fresh.value : null;
  morphChildren(old, [...fresh.childNodes]);
  if (chosen !== null && document.activeElement !== old) old.value = chosen;
  return old;
}

export function morphChildren(parent, fresh) {
  const keyed = new Map([...parent.childNodes].filter(keyOf).map((node) => [keyOf(node), node]));
  let at = parent.firstChild;
  for (const node of fresh) {
    const key = keyOf(node);
    const same = key ? keyed.get(key) : at;
    if (same && (key || !keyOf(same)) && same.nodeName === node.nodeName) {
      if (same !== at) parent.insertBefore(same, at);
      else at = at.nextSibling;
      morph(same, node);
    } else {
      parent.insertBefore(node, at);
    }
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}
