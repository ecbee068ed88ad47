// The page asks the extender as locusctl does, and shows the answers.

import {
  byId, bytes, bytesText, el, fraction, headerRow, percent, plural, replace, seconds, setText, span, time,
} from "./elements.js";

const EVERY_MS = 2000;
const HIDDEN_MS = 30000;
const LONGEST_MS = 30000;
const TIMEOUT_MS = 10000;
const DECISIONS = 25;
const TIERS = ["MEM", "SSD", "HDD"];

const REASONS = {
  metadata_away: "locus-meta is away",
  metadata_stale: "the news from locus-meta is too old",
  input_pending: "the inputs were not known in time",
  input_limit: "too many inputs are followed",
  no_gain: "no node saves enough time to matter",
  indifferent: "all nodes are equally good",
  nothing_cached: "nothing of the inputs is cached",
  input_unknown: "nobody knows the inputs",
  no_holder_offered: "no node that was offered holds anything",
  one_node: "there was nothing to choose",
  waiting: "it waits for a node that holds its data",
  required: "it runs on holders only, and none was offered",
  uncached: "nothing of its inputs is cached anywhere",
  wait_is_over: "it has waited as long as it may",
  cannot_wait: "it cannot wait: too many do, or nobody would wake it",
  may_evict: "its wait would evict other pods",
};

// ---- State

function showState(overview) {
  const now = Date.parse(overview.time);
  const since = (text) => (text ? `, for ${span(now - Date.parse(text))}` : "");
  const degraded = overview.degraded;
  byId("degraded").className = degraded.length > 0 ? "bad" : "well";
  // Without the lengths of time, which grow each time.
  replace("degraded", degraded.map((state) => [state.part, state.text]), () =>
    degraded.length === 0
      ? ["Everything is as it should be."]
      : [el("ul", {}, degraded.map((state) => el("li", {"data-part": state.part, "data-reason": state.reason},
          el("strong", {}, state.part), `: ${state.text}`, el("span", {class: "quiet since", "aria-live": "off"}))))]);
  document.querySelectorAll("#degraded .since").forEach((place, i) => setText(place, since(degraded[i].since)));

  const {metadata, cluster, gate} = overview;
  const opener = gate.leads ? "this extender" : gate.leader;
  const heard = (age) => `heard ${span(age)} ago`;
  const facts = [
    ["locus-meta", metadata.connected ? "connected" : "not connected",
      metadata.heard ? heard(metadata.age_ms) : "never heard"],
    ["Cluster", !cluster.asked ? "not asked" : cluster.synced ? "nodes and pods known" : "being listed",
      !cluster.asked ? "no API server is configured" : cluster.synced ? heard(cluster.age_ms ?? 0) : null],
    ["Gate", cluster.asked ? `opened by ${opener || "nobody"}` : "not in use", null],
    ["Version", overview.version, null],
    ["Started", `${span(now - Date.parse(overview.started))} ago`, null],
  ];
  replace("facts", facts, () => facts.map(([name, text, detail]) => el("div", {}, el("dt", {}, name),
    el("dd", {}, text, detail === null ? null : el("small", {class: "quiet"}, detail)))));
}

// ---- Heat map

const byTier = (amounts) => TIERS.map((tier) => [tier, amounts[tier] ?? 0]).filter(([, amount]) => amount > 0);
const total = (amounts) => TIERS.reduce((sum, tier) => sum + (amounts[tier] ?? 0), 0);

/** Parts, each of a colour of page.css, from the left. One element: there are ten thousand cells at most. */
function bar(parts) {
  const element = el("span", {class: "bar", "aria-hidden": "true"});
  let end = 0;
  const stops = parts.map(([colour, part]) => `var(--${colour}) ${end * 100}% ${(end += part) * 100}%`);
  // By the object model: the policy of this page allows no style attribute.
  element.style.backgroundImage = `linear-gradient(to right, ${[...stops, `transparent ${end * 100}%`].join(", ")})`;
  return element;
}

function heatCell(amounts, length) {
  const sum = total(amounts);
  const tiers = byTier(amounts);
  const cell = el("td", {}, bytes(sum), " ", el("span", {class: "quiet"}, percent(fraction(sum, length))),
    bar(tiers.map(([tier, amount]) => [tier, fraction(amount, length)])),
    tiers.map(([tier, amount]) =>
      el("data", {class: `tier ${tier}`, value: amount, "data-tier": tier}, `${tier} ${bytesText(amount)} `)));
  cell.style.setProperty("--part", fraction(sum, length));
  return cell;
}

const emptyCell = () => el("td", {}, el("span", {class: "quiet"}, "0 B"));

/** A path that is broken at its slashes first. */
function pathParts(path) {
  return path.split(/(?<=\/)(?!\/)/).flatMap((part, i) => (i > 0 ? [el("wbr"), part] : [part]));
}

function inputHeader(input) {
  const cut = input.input.replace(/\/+$/, "").lastIndexOf("/") + 1;
  const problem = input.problem || (input.state === "UNKNOWN" ? "there is no such path" : "");
  return el("th", {scope: "col"},
    el("span", {class: "name", title: input.input},
      el("span", {class: "quiet"}, pathParts(input.input.slice(0, cut))), el("wbr"), input.input.slice(cut)),
    input.state === "KNOWN" ? null : el("small", {}, el("strong", {}, input.state), problem ? `: ${problem}` : ""),
    el("small", {}, `${plural(input.files, "file", "files")}, ${plural(input.blocks, "block", "blocks")}`));
}

function cachedCell(input) {
  const part = fraction(input.cached_bytes, input.length_bytes);
  return el("td", {}, bytes(input.cached_bytes), " ", el("span", {class: "quiet"}, percent(part)),
    el("small", {}, "of ", bytes(input.length_bytes, {"data-length": ""})));
}

function nodeHeader(node, load) {
  return el("th", {scope: "row"}, el("span", {"data-node": ""}, node), load === null ? null : el("small", {}, load));
}

/** Rows and columns without what stands in them. */
function heatFrame(inputs, nodes, unmatched) {
  const row = (header, name) => el("tr", {}, header, inputs.map(() => el(name)));
  const rows = nodes.map((node) => row(el("th"), "td"));
  const last = () => row(el("th", {scope: "row"}, "On no known node", el("small", {}, "locusctl workers")), "td");
  return [
    el("caption", {}, "Bytes by node and tier"),
    el("thead", {}, row(el("th", {scope: "col"}, "Node"), "th")),
    el("tbody", {}, row(el("th", {scope: "row"}, "Cached anywhere"), "td"), rows, unmatched ? last() : null),
  ];
}

// Cell -> the data that it shows: of ten thousand cells few change at a time, and the others stay as they are.
const inCell = new WeakMap();

function put(row, column, data, make) {
  const text = JSON.stringify(data);
  if (inCell.get(row.cells[column]) === text) return;
  const cell = make();
  inCell.set(cell, text);
  row.cells[column].replaceWith(cell);
}

// node-2 before node-10.
const inOrder = new Intl.Collator(undefined, {numeric: true});

function showHeat(page) {
  const {inputs} = page;
  const nodes = [...page.nodes].sort((a, b) => inOrder.compare(a.node, b.node));
  const unmatched = inputs.some((input) => input.unmatched_bytes > 0);
  const frame = [inputs.map((input) => input.input), nodes.map((node) => node.node), unmatched];
  replace("heat", frame, () => heatFrame(...frame));
  const [head, anywhere, ...rows] = byId("heat").rows;
  nodes.forEach(({node, load}, i) => {
    const busy = load === null ? null : `${percent(load)} busy`;
    put(rows[i], 0, busy, () => nodeHeader(node, busy));
  });
  inputs.forEach((input, i) => {
    const {state, problem, files, blocks, cached_bytes: cached, length_bytes: length, unmatched_bytes: lost} = input;
    put(head, i + 1, [state, problem, files, blocks], () => inputHeader(input));
    put(anywhere, i + 1, [cached, length], () => cachedCell(input));
    if (unmatched) put(rows.at(-1), i + 1, lost, () => el("td", {}, bytes(lost)));
    const held = new Map(input.nodes.map((node) => [node.node, node.bytes]));
    nodes.forEach(({node}, n) => {
      const amounts = held.get(node) ?? null;
      put(rows[n], i + 1, [amounts, length], () => (amounts ? heatCell(amounts, length) : emptyCell()));
    });
  });
}

function inputsNote(page) {
  const notes = [];
  if (page.followed === 0) notes.push("No input is followed: no pod has named one lately.");
  const silent = page.followed - page.answered;
  if (silent > 0) {
    notes.push(`Of ${plural(silent, "further input", "further inputs")} locus-meta has told nothing that can be used.`);
  }
  if (page.inputs_omitted > 0) {
    notes.push(`${plural(page.inputs_omitted, "input", "inputs")} of which less is cached are not shown.`);
  }
  if (page.nodes_omitted > 0) {
    notes.push(`${plural(page.nodes_omitted, "node", "nodes")} that hold less are not shown.`);
  }
  return notes.join(" ");
}

function showInputs(page) {
  byId("heat").parentElement.hidden = page.inputs.length === 0;
  showHeat(page);
  setText(byId("inputs-note"), inputsNote(page));
}

// ---- Applications

function shareCell(part, whole) {
  return el("td", {}, percent(fraction(part, whole)), " ", el("span", {class: "quiet"}, bytes(part)),
    bar([["local", fraction(part, whole)]]));
}

function showApplications(overview) {
  const applications = overview.applications;
  byId("shares").parentElement.hidden = applications.length === 0;
  replace("shares", applications, () => [
    el("caption", {}, "Applications, the latest first"),
    headerRow("Application", ["Pods"], ["To read"], "Predicted", "Placed"),
    el("tbody", {}, applications.map((share) => el("tr", {},
      el("th", {scope: "row"}, share.application),
      el("td", {class: "number"}, el("data", {value: share.pods}, String(share.pods))),
      el("td", {class: "number"}, bytes(share.share_bytes)),
      shareCell(share.best_local_bytes, share.share_bytes),
      shareCell(share.local_bytes, share.share_bytes)))),
  ]);
  const why = overview.cluster.asked ? "No pod of an application was placed since this extender started."
    : "Where pods were placed is not known: no API server is configured.";
  setText(byId("applications-note"), applications.length > 0 ? "" : why);
}

// ---- Decisions

const number = (...children) => el("td", {class: "number"}, ...children);
const term = (name, value, ...children) => el("data", {value, "data-term": name}, ...children);
const line = (text) => el("span", {class: "line"}, text);

function tiersTerm(name, amounts) {
  const tiers = byTier(amounts).map(([tier, amount]) => [line(`${tier} ${bytesText(amount)}`), " "]).flat();
  return term(name, total(amounts), tiers.length > 0 ? tiers : "0 B");
}

function termsRow(node) {
  return el("tr", {}, el("th", {scope: "row"}, el("span", {"data-node": ""}, node.node),
    node.offered ? null : el("small", {class: "quiet"}, "not offered")),
    number(term("score", node.score, String(node.score))),
    el("td", {}, tiersTerm("local", node.local_bytes)),
    el("td", {}, tiersTerm("left", node.left_bytes),
      node.members > 0 ? line(`(${plural(node.members, "sibling", "siblings")})`) : null),
    el("td", {}, tiersTerm("taken", node.taken_bytes)),
    number(term("seconds", node.seconds, seconds(node.seconds))),
    number(term("saved", node.saved_seconds, seconds(node.saved_seconds))),
    number(node.load === null ? "unknown" : percent(node.load)),
    number(percent(node.requested)),
    number(term("headroom", node.headroom, percent(node.headroom))),
    number(term("value", node.value, seconds(node.value))));
}

function termsTable(decision) {
  if (decision.nodes.length === 0) return el("p", {class: "quiet"}, "No node was scored.");
  const name = `${decision.pod.namespace}/${decision.pod.name}`;
  const table = el("table", {},
    el("caption", {}, `Terms of each node, best first${decision.nodes_omitted > 0
      ? `; ${plural(decision.nodes_omitted, "node", "nodes")} left out` : ""}`),
    headerRow("Node", ["Score"], "Holds", "Left by siblings", "Would read here", ["Reads in"], ["Saves"], ["Load"],
      ["Requested"], ["Headroom"], ["Value"]),
    el("tbody", {}, decision.nodes.map(termsRow)));
  return el("div", {class: "scroll", role: "region", tabindex: "0", "aria-label": `Terms of ${name}`}, table);
}

function inputText(decision, input) {
  const detail = decision.input_details.find((one) => one.input === input);
  if (!detail) return input;
  const known = `${bytesText(detail.cached_bytes)} of ${bytesText(detail.length_bytes)} cached`;
  return `${input} (${detail.state === "KNOWN" ? known : `${detail.state} ${detail.problem}`.trim()})`;
}

function decisionFacts(decision) {
  const {freshness} = decision;
  const facts = decision.inputs.map((input) => ["Input", inputText(decision, input)]);
  if (decision.inputs_omitted > 0) facts.push(["Inputs left out", String(decision.inputs_omitted)]);
  facts.push(["Reads", `${bytesText(decision.share_bytes)}, in a group of ${decision.group_size}`]);
  if (decision.application) facts.push(["Application", decision.application]);
  if (decision.planned_node) facts.push(["Planned for", decision.planned_node]);
  if (decision.best_not_offered) facts.push(["Best, not offered", decision.best_not_offered]);
  facts.push(["Offered", plural(decision.offered_nodes, "node", "nodes")]);
  facts.push(["News", freshness.age_ms === null ? "none"
    : `${span(freshness.age_ms)} old${freshness.stale ? ", stale" : ""}`]);
  facts.push(["Took", `${decision.duration_us} µs`]);
  for (const warning of decision.warnings) facts.push(["Warning", warning]);
  return el("dl", {class: "facts"}, facts.map(([name, text]) => [el("dt", {}, name), el("dd", {}, text)]).flat());
}

function decisionItem(decision, key) {
  const best = decision.nodes.find((node) => node.offered && node.score > 0);
  const why = REASONS[decision.reason] ?? decision.reason;
  const outcome = `${decision.call}: ${decision.outcome}${why ? `, ${why}` : ""}`;
  const details = el("details", {}, el("summary", {},
    el("span", {class: "quiet"}, time(decision.time)), " ",
    el("strong", {}, `${decision.pod.namespace}/${decision.pod.name}`), " ",
    el("span", {class: `outcome-${decision.outcome}`}, outcome), " ",
    best ? el("span", {}, `best ${best.node}`) : null));
  // Made when it is opened: twenty-five tables of terms are much for a phone.
  details.addEventListener("toggle", () => {
    if (details.open && details.children.length === 1) {
      details.append(el("div", {class: "terms"}, decisionFacts(decision), termsTable(decision)));
    }
  });
  return el("li", {"data-key": key, "data-pod": decision.pod.name}, details);
}

function showDecisions(decisions, fresh) {
  const list = byId("decision-list");
  const kept = new Map([...list.children].map((item) => [item.dataset.key, item]));
  const items = decisions.map((decision) => {
    const key = `${decision.time} ${decision.pod.uid} ${decision.call}`;
    const found = kept.get(key);
    if (found) return found;
    const item = decisionItem(decision, key);
    if (!fresh) item.classList.add("new");
    return item;
  });
  const wanted = new Set(items);
  for (const item of kept.values()) if (!wanted.has(item)) item.remove();
  // What is there stays where it is, open and with the focus it may have.
  items.forEach((item, i) => {
    if (list.children[i] !== item) list.insertBefore(item, list.children[i] ?? null);
  });
}

function showOutcomes(overview) {
  const rows = overview.decisions;
  byId("outcomes").parentElement.hidden = rows.length === 0;
  replace("outcomes", rows, () => [
    el("caption", {}, "How decisions ended"),
    headerRow("Outcome", "Why", ["Decisions"], ["Last"]),
    el("tbody", {}, rows.map((row) => el("tr", {},
      el("th", {scope: "row", class: `outcome-${row.outcome}`}, row.outcome),
      el("td", {}, REASONS[row.reason] ?? row.reason),
      number(String(row.count)),
      el("td", {}, time(row.last))))),
  ]);
}

// ---- Asking

class Refused extends Error {}

let token = "";
let pod = "";
let decisionsShown = "";
let failures = 0;
let refused = false;
let lastAnswer = null;
let hurry = false;
let endPause = () => {};

/** Asks now; while it is asking already, at once after that. */
function askNow() {
  hurry = true;
  endPause();
}

async function ask(path, allowed = []) {
  const answer = await fetch(path, {
    headers: token ? {Authorization: `Bearer ${token}`} : {},
    cache: "no-store",
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (answer.status === 401) throw new Refused((await answer.text()).trim());
  if (!answer.ok && !allowed.includes(answer.status)) throw new Error(`it answers ${answer.status}`);
  return answer.json();
}

/** The newest decisions, or those of one pod; asked for only when the counts say that there are others. */
async function refreshDecisions(overview) {
  const state = JSON.stringify([pod, overview.started, overview.decisions.map((row) => [row.count, row.last])]);
  if (state === decisionsShown) return;
  const path = pod.split("/", 2).map(encodeURIComponent).join("/");
  const page = await ask(pod ? `v1/explain/${path}` : `v1/decisions?limit=${DECISIONS}`, pod ? [400, 404] : []);
  const decisions = page.decisions ?? [];
  showDecisions(decisions.slice(0, DECISIONS), decisionsShown === "");
  setText(byId("decisions-note"), page.error ?? (decisions.length === 0 ? "None yet." : ""));
  decisionsShown = state;
}

/** One after another: each connection takes a thread of the extender's server while it is open. */
async function refresh() {
  const overview = await ask("v1/overview");
  const inputs = await ask("v1/inputs");
  await refreshDecisions(overview);
  const unused = inputs.followed === 0 && overview.decisions.length === 0;
  byId("empty").hidden = !unused;
  for (const id of ["inputs", "applications", "decisions"]) byId(id).hidden = unused;
  showState(overview);
  showInputs(inputs);
  showApplications(overview);
  showOutcomes(overview);
  byId("content").hidden = false;
}

function showConnection(error) {
  document.body.classList.toggle("stale", error !== null && lastAnswer !== null);
  byId("token").hidden = !refused;
  byId("away").hidden = error === null || refused;
  if (refused) {
    setText(byId("refusal"), `The extender asks who you are: ${error.message}.`);
    byId("by-token").hidden = !error.message.includes("token");
    byId("by-certificate").hidden = !error.message.includes("certificate");
  } else if (error !== null) {
    const since = lastAnswer === null ? "Nothing was heard of it yet."
      : `What is shown is as of ${lastAnswer.toLocaleTimeString()}.`;
    const why = error.message.startsWith("it ") ? ` (${error.message})` : "";
    setText(byId("away"), `The extender does not answer${why}. ${since} It is asked again.`);
  }
  showAge();
}

function showAge() {
  if (lastAnswer === null) return;
  const age = Math.max(0, Date.now() - lastAnswer);
  setText(byId("age"), `As of ${lastAnswer.toLocaleTimeString()}, ${age < 1000 ? "now" : `${span(age)} ago`}`);
}

function pauseMs() {
  const back = Math.min(LONGEST_MS, EVERY_MS * 2 ** failures);
  return document.hidden ? Math.max(HIDDEN_MS, back) : back;
}

async function run() {
  for (;;) {
    hurry = false;
    try {
      await refresh();
      failures = 0;
      refused = false;
      lastAnswer = new Date();
      showConnection(null);
    } catch (error) {
      failures = Math.min(failures + 1, 5);
      refused = error instanceof Refused;
      showConnection(error);
    }
    // Whoever was refused is not asked for until there is another token.
    await new Promise((resolve) => {
      endPause = resolve;
      if (hurry) resolve();
      else if (!refused) setTimeout(resolve, pauseMs());
    });
  }
}

byId("token").addEventListener("submit", (event) => {
  event.preventDefault();
  token = byId("token-text").value.trim();
  byId("token-text").value = "";
  askNow();
});
byId("find").addEventListener("submit", (event) => {
  event.preventDefault();
  pod = byId("pod").value.trim();
  byId("find-all").hidden = pod === "";
  askNow();
});
byId("find-all").addEventListener("click", () => {
  pod = "";
  byId("pod").value = "";
  byId("find-all").hidden = true;
  byId("pod").focus();
  askNow();
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && !refused) askNow();
});
window.addEventListener("online", () => askNow());
setInterval(showAge, 1000);
run();
