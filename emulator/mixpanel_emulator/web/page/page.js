// Everything that arrives is data: it is shown as text, never as HTML.

const ROW_LIMIT = 500;
const STAGES = ["PENDING", "STAGING", "STARTED", "SUCCESS"];
const $ = (id) => document.getElementById(id);
const rows = [];
const counts = {};
const projects = new Set();
let rules = {};
let faultTypes = [];
let paused = [];
let shown = null;
const changes = { started: 0, finished: 0 };

function element(tag, properties = {}, ...children) {
  const { dataset, ...plain } = properties;
  const node = Object.assign(document.createElement(tag), plain);
  Object.assign(node.dataset, dataset);
  node.append(...children);
  return node;
}

async function call(path, options) {
  const response = await fetch(path, options);
  const text = await response.text();
  const value = text && response.headers.get("content-type")?.includes("json") ? JSON.parse(text) : null;
  if (!response.ok) throw new Error(value?.error ?? `${response.status} ${response.statusText}`);
  return value;
}

const clock = (at) => new Date(at).toISOString().slice(11, 23);
const size = (bytes) => (bytes < 1024 ? `${bytes} B` : `${(bytes / 1024).toFixed(1)} KB`);
const plain = (markdown) => markdown.replaceAll("`", "");
const brief = (value) => (typeof value === "object" ? JSON.stringify(value) : String(value));

// Arrivals: one row for each item.

function describe(item) {
  switch (item.kind) {
    case "events":
      return { outcome: "stored", name: item.event, user: item.properties.distinct_id ?? "" };
    case "updates":
      return { outcome: "stored", name: `${item.operation} ${names(item.value)}`, user: item.distinct_id ?? "",
        aside: item.group_key && `${item.group_key}: ${item.group_id}` };
    case "violations":
      return { outcome: "violation", name: `${item.rule} on ${item.endpoint}`, user: "",
        aside: item.index === null ? "the whole request" : `record ${item.index}` };
    default:
      return { outcome: outcome(item), name: `${item.method} ${item.path}`, user: "",
        aside: [item.fault, item.status ?? "no response", plural(item.records, "record"), size(item.size)]
          .filter(Boolean).join(" · ") };
  }
}

function names(value) {
  if (Array.isArray(value)) return value.join(", ");
  return value && typeof value === "object" ? Object.keys(value).join(", ") : "";
}

const plural = (n, word) => n ? `${n} ${word}${n === 1 ? "" : "s"}` : "";

function outcome(request) {
  if (request.fault) return "fault";
  const rejected = request.status >= 400 || /^0$|"status":0\b/.test(request.answer ?? "");
  return rejected ? "rejected" : "answered";
}

function row(item) {
  const { outcome, name, user, aside } = describe(item);
  const toggle = element("button", { type: "button", className: "name", ariaExpanded: "false" }, name);
  const who = user === "" ? element("span", { className: "tag" }, aside ?? "")
    : element("button", { type: "button", className: "user" }, String(user));
  const line = element("li", { className: outcome },
    element("time", { dateTime: item.at, title: item.at }, clock(item.at)), toggle, who,
    element("span", { className: "tag" }, item.project ? `project ${item.project}` : ""));
  if (item.kind === "violations") line.append(explanation(item));
  toggle.addEventListener("click", () => expand(line, toggle, item));
  who.addEventListener?.("click", () => user !== "" && show(String(user), item.project));
  return { item, outcome, name, user: String(user), line };
}

function explanation({ rule, message }) {
  const { trigger, answer, source, grade } = rules[rule] ?? {};
  return element("p", { className: "note" }, message, element("br"),
    element("small", {}, trigger ? plain(`When ${trigger}: ${answer}. Source: ${source} (${grade}).`) : ""));
}

function expand(line, toggle, { kind, ...item }) {
  const open = toggle.ariaExpanded === "true";
  toggle.ariaExpanded = String(!open);
  if (open) line.querySelector("pre").remove();
  else line.append(element("pre", {}, JSON.stringify(item, null, 2)));
}

function arrive(items) {
  const fresh = [];
  for (const item of items) {
    if (item.kind === "reset") { clearRows(); fresh.length = 0; continue; }
    if (item.kind === "deletions") { refresh(); continue; }
    if (item.kind === "requests" && item.fault) refreshFaults();
    if (item.kind === "updates" && shown && item.distinct_id === shown.id) show(shown.id, shown.project);
    const entry = row(item);
    counts[entry.outcome] = (counts[entry.outcome] ?? 0) + 1;
    addProject(item.project);
    entry.line.hidden = !passes(entry);
    rows.push(entry);
    fresh.unshift(entry.line);
  }
  $("rows").prepend(...fresh);
  for (const old of rows.splice(0, Math.max(0, rows.length - ROW_LIMIT))) old.line.remove();
  tally();
}

function tally() {
  for (const input of $("filters").querySelectorAll("[type=checkbox]")) {
    input.parentElement.querySelector("b").textContent = counts[input.name] ?? 0;
  }
  $("nothing").hidden = rows.length > 0;
}

function addProject(project) {
  if (!project || projects.has(project)) return;
  projects.add(project);
  $("filters").elements.project.append(element("option", { value: project }, project));
}

function passes({ item, outcome, name, user }) {
  const filters = $("filters").elements;
  const holds = (text, part) => text.toLowerCase().includes(part.trim().toLowerCase());
  return filters[outcome].checked && holds(name, filters.event.value) && holds(user, filters.user.value)
    && (filters.project.value === "" || item.project === filters.project.value);
}

function clearRows() {
  for (const { line } of rows.splice(0)) line.remove();
  for (const outcome of Object.keys(counts)) delete counts[outcome];
  shown = null;
  $("profile").replaceChildren(element("p", { className: "quiet" }, "Choose a user in the list."));
  tally();
  refresh();
}

// One profile and its history.

async function show(id, project) {
  shown = { id, project };
  $("person").elements.id.value = id;
  const query = project ? `?project=${encodeURIComponent(project)}` : "";
  try {
    const profile = await call(`/_emulator/profiles/${encodeURIComponent(id)}${query}`);
    $("profile").replaceChildren(...describeProfile(profile));
  } catch {
    $("profile").replaceChildren(element("p", { className: "quiet" }, `${id} has no profile.`));
  }
}

function describeProfile({ project, properties, updates }) {
  const fields = Object.entries(properties ?? {})
    .flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, brief(value))]);
  const history = updates.toReversed().map(({ at, operation, value }) => element("li", {},
    element("b", {}, operation), element("code", {}, brief(value)),
    element("time", { className: "quiet", dateTime: at }, clock(at).slice(0, 8))));
  return [
    element("p", { className: "tag" }, `project ${project}${properties ? "" : ", deleted"}`),
    element("dl", {}, ...fields),
    element("h3", {}, `History, ${plural(updates.length, "update")}`),
    element("ol", {}, ...history),
  ];
}

// Deletion tasks.

async function refreshDeletions() {
  const tasks = await call("/_emulator/deletions");
  const lines = tasks.toReversed().map((task) => {
    const reached = STAGES.indexOf(task.status);
    const step = (_, n) => element("span", { className: reached < 0 ? "off" : n <= reached ? "done" : "" });
    return element("li", {}, element("strong", {}, task.status), " ",
      element("span", { className: "tag" }, `${plural(task.distinct_ids.length, "id")} · project ${task.project} · ${task.compliance_type}`),
      element("div", { className: "steps", ariaHidden: "true" }, ...STAGES.map(step)),
      element("code", { className: "quiet" }, task.tracking_id));
  });
  const none = element("li", { className: "quiet" }, "No deletions yet.");
  $("deletions").replaceChildren(...(lines.length ? lines : [none]));
}

// Faults: one switch for each.

function drawFaults() {
  $("faults").replaceChildren(...faultTypes.map(({ name, sees, stored }) => {
    const toggle = element("input", { type: "checkbox", role: "switch", id: `fault-${name}` });
    toggle.addEventListener("change", () => switchFault(name, toggle));
    return element("li", {}, element("label", {}, toggle, element("code", {}, name),
      element("span", { className: "tag", id: `struck-${name}` }),
      element("small", { className: "quiet" }, plain(`${sees}; stored: ${stored}`))));
  }));
}

function disableFaults() {
  const endpoint = $("target").elements.endpoint.value;
  for (const { name, endpoints } of faultTypes) {
    $(`fault-${name}`).disabled = endpoint !== "" && !endpoints.includes(endpoint);
  }
}

async function switchFault(name, toggle) {
  const target = Object.fromEntries([...new FormData($("target"))]
    .filter(([, value]) => value !== "")
    .map(([field, value]) => [field, field === "endpoint" ? value : Number(value)]));
  if (name === "slow") target.delay ??= 5;
  $("fault-error").textContent = "";
  changes.started += 1;
  try {
    if (toggle.checked) await call("/_emulator/faults", { method: "POST", body: JSON.stringify({ fault: name, ...target }) });
    else for (const { id } of (await call("/_emulator/faults")).filter(({ fault }) => fault === name)) {
      await call(`/_emulator/faults/${id}`, { method: "DELETE" });
    }
  } catch (error) {
    $("fault-error").textContent = error.message;
  } finally {
    changes.finished += 1;
  }
  await refreshFaults();
}

async function refreshFaults() {
  const { finished } = changes;
  const planned = await call("/_emulator/faults");
  // A response from before a switch was flipped would flip it back.
  if (changes.started !== finished) return;
  for (const { name } of faultTypes) {
    const matching = planned.filter(({ fault }) => fault === name);
    const struck = matching.reduce((sum, fault) => sum + fault.struck, 0);
    const active = matching.some(({ over }) => !over);
    $(`fault-${name}`).checked = active;
    $(`struck-${name}`).textContent = [struck && `struck ${struck}`, matching.length && !active && "over"]
      .filter(Boolean).join(", ");
  }
  const on = $("faults").querySelectorAll(":checked").length;
  $("on").textContent = on ? `${on} on` : "";
}

const refresh = () => Promise.all([refreshDeletions(), refreshFaults()]);

// Connection and controls.

function showState(state, text) {
  $("state").dataset.state = state;
  $("state").textContent = text;
}

function listen() {
  const stream = new EventSource("/_emulator/stream");
  stream.addEventListener("open", () => { clearRows(); showState("live", "live"); });
  stream.addEventListener("error", () => showState("waiting", "no connection, retrying"));
  stream.addEventListener("message", ({ data }) => {
    const { missed, items } = JSON.parse(data);
    showState("live", missed ? `live, ${missed} not shown` : "live");
    if ($("pause").ariaPressed === "true") paused = [...paused, ...items].slice(-ROW_LIMIT);
    else arrive(items);
  });
}

$("filters").addEventListener("input", () => rows.forEach((each) => { each.line.hidden = !passes(each); }));
$("filters").addEventListener("submit", (event) => event.preventDefault());
$("target").addEventListener("input", disableFaults);
$("target").addEventListener("submit", (event) => event.preventDefault());
$("person").addEventListener("submit", (event) => {
  event.preventDefault();
  show($("person").elements.id.value, $("filters").elements.project.value);
});
$("empty").addEventListener("click", () => call("/_emulator", { method: "DELETE" }));
$("pause").addEventListener("click", () => {
  const now = $("pause").ariaPressed !== "true";
  $("pause").ariaPressed = String(now);
  $("pause").textContent = now ? "Resume" : "Pause";
  if (!now) arrive(paused.splice(0));
});

const catalogue = await call("/_emulator/catalogue");
rules = Object.fromEntries(catalogue.rules.map((rule) => [rule.id, rule]));
faultTypes = catalogue.faults;
drawFaults();
await refresh();
listen();
// Deletions advance with the clock, and other clients may plan faults.
setInterval(() => document.hidden || refresh().catch(() => {}), 3000);
