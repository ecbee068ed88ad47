// Texts and elements. All that comes from outside is put in as text: `el` makes text nodes of its children, and nothing
// here turns text into markup.

export const byId = (id) => document.getElementById(id);

/** An element. `attributes` of value null are left out; children are elements or become text. */
export function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null) element.setAttribute(key, value);
  }
  element.append(...children.flat().filter((child) => child !== null));
  return element;
}

/** Sets a text where it differs: what did not change is not read out again. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function bytesText(bytes) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
  let unit = 0;
  let value = bytes;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value < 10 ? Number(value.toFixed(2)) : Number(value.toFixed(value < 100 ? 1 : 0))} ${units[unit]}`;
}

export const bytes = (value, attributes = {}) => el("data", {value, ...attributes}, bytesText(value));
export const fraction = (part, whole) => (whole > 0 ? Math.min(1, part / whole) : 0);
export const percent = (part) => `${Math.round(part * 100)} %`;
export const seconds = (value) => `${value < 10 ? Number(value.toFixed(3)) : Number(value.toFixed(1))} s`;
export const plural = (count, one, many) => `${count} ${count === 1 ? one : many}`;

export function span(ms) {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  const s = Math.round(ms / 1000);
  if (s < 120) return `${s} s`;
  if (s < 7200) return `${Math.round(s / 60)} min`;
  return s < 172800 ? `${Math.round(s / 3600)} h` : `${Math.round(s / 86400)} days`;
}

/** A moment in the reader's own time. */
export function time(text) {
  const moment = new Date(text);
  const today = moment.toDateString() === new Date().toDateString();
  return el("time", {datetime: text, title: text}, today ? moment.toLocaleTimeString() : moment.toLocaleString());
}

/** Names in brackets stand over numbers. */
export function headerRow(...names) {
  return el("thead", {}, el("tr", {}, names.map((name) =>
    el("th", {scope: "col", class: Array.isArray(name) ? "number" : null}, name))));
}

/** Replaces the content of a table or list, unless `data` is what it shows already. */
const shown = new Map();
export function replace(id, data, make) {
  const text = JSON.stringify(data);
  if (shown.get(id) === text) return;
  shown.set(id, text);
  byId(id).replaceChildren(...make());
}
