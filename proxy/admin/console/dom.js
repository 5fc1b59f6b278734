// Elements, made without HTML text: whatever comes from a server, a database, a model or a document ends as a text node
// or as the value of a harmless attribute.

const SVG = "http://www.w3.org/2000/svg";
const PROPERTIES = new Set(["value", "checked", "selected", "disabled", "hidden", "open", "multiple"]);
const REFUSED = /^(style|srcdoc|src|action|formaction|on.*)$/i;

/** An HTML element. Attributes: `onclick: function` listens, `true` is a bare attribute, `null` and `false` are none. */
export function h(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** An SVG element, as `h`. */
export function s(tag, attributes, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) set(node, name, value);
  node.append(...shown(children));
  return node;
}

function shown(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
}

function set(node, name, value) {
  if (typeof value === "function") node.addEventListener(name.slice(2), value);
  else if (PROPERTIES.has(name)) node[name] = value;
  else if (value === null || value === undefined || value === false) return;
  else if (REFUSED.test(name) || (name === "href" && !/^(#|blob:)/.test(value))) throw new Error(`no attribute ${name}`);
  else node.setAttribute(name, value === true ? "" : value);
}

/** Show `children` in place of what `node` holds; the focus stays where it was, found again by `data-key`. */
export function show(node, ...children) {
  const key = node.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  node.replaceChildren(...shown(children));
  if (key) focusKey(key, node);
}

/** Focus the element with this `data-key`, if there is one. */
export function focusKey(key, within = document) {
  for (const node of within.querySelectorAll("[data-key]")) if (node.dataset.key === key) return node.focus();
}

let ids = 0;

/** An id that no other element of the page has. */
export function freshId(prefix) {
  ids += 1;
  return `${prefix}-${ids}`;
}

/** A labelled control: `field("Name", h("input"), "what it is for")`. */
export function field(label, control, hint) {
  control.id ||= freshId("field");
  const note = hint ? h("small", { id: freshId("hint") }, hint) : null;
  if (note) control.setAttribute("aria-describedby", note.id);
  return h("div", { class: "field" }, h("label", { for: control.id }, label), control, note);
}

/** Text that somebody else wrote, kept from turning the writing direction of what stands around it. */
export function said(text, attributes) {
  return h("bdi", attributes, text ?? "");
}
