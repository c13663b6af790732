// What arrives is data: it becomes text, never HTML.

const KEPT = 500;
const STAGES = ["PENDING", "STAGING", "STARTED", "SUCCESS"];
const $ = (id) => document.getElementById(id);
const rows = [];
const counts = {};
const projects = new Set();
let rules = {};
let kinds = [];
let paused = [];
let shown = null;
const orders = { given: 0, done: 0 };

function element(tag, properties = {}, ...children) {
  const { dataset, ...plain } = properties;
  const made = Object.assign(document.createElement(tag), plain);
  Object.assign(made.dataset, dataset);
  made.append(...children);
  return made;
}

async function call(path, options) {
  const answer = await fetch(path, options);
  const text = await answer.text();
  const value = text && answer.headers.get("content-type")?.includes("json") ? JSON.parse(text) : null;
  if (!answer.ok) throw new Error(value?.error ?? `${answer.status} ${answer.statusText}`);
  return value;
}

const clock = (at) => new Date(at).toISOString().slice(11, 23);
const size = (bytes) => (bytes < 1024 ? `${bytes} B` : `${(bytes / 1024).toFixed(1)} KB`);
const plain = (markdown) => markdown.replaceAll("`", "");
const brief = (value) => (typeof value === "object" ? JSON.stringify(value) : String(value));

// Arrivals: each becomes one row.

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
        aside: [item.fault, item.status ?? "no answer", plural(item.records, "record"), size(item.size)]
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
  const refused = request.status >= 400 || /^0$|"status":0\b/.test(request.answer ?? "");
  return refused ? "refused" : "answered";
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
    if (item.kind === "reset") { forget(); fresh.length = 0; continue; }
    if (item.kind === "deletions") { refresh(); continue; }
    if (item.kind === "requests" && item.fault) refreshFaults();
    if (item.kind === "updates" && shown && item.distinct_id === shown.id) show(shown.id, shown.project);
    const made = row(item);
    counts[made.outcome] = (counts[made.outcome] ?? 0) + 1;
    offer(item.project);
    made.line.hidden = !passes(made);
    rows.push(made);
    fresh.unshift(made.line);
  }
  $("rows").prepend(...fresh);
  for (const old of rows.splice(0, Math.max(0, rows.length - KEPT))) old.line.remove();
  tally();
}

function tally() {
  for (const input of $("filters").querySelectorAll("[type=checkbox]")) {
    input.parentElement.querySelector("b").textContent = counts[input.name] ?? 0;
  }
  $("nothing").hidden = rows.length > 0;
}

function offer(project) {
  if (!project || projects.has(project)) return;
  projects.add(project);
  $("filters").elements.project.append(element("option", { value: project }, project));
}

function passes({ item, outcome, name, user }) {
  const wanted = $("filters").elements;
  const holds = (text, part) => text.toLowerCase().includes(part.trim().toLowerCase());
  return wanted[outcome].checked && holds(name, wanted.event.value) && holds(user, wanted.user.value)
    && (wanted.project.value === "" || item.project === wanted.project.value);
}

function forget() {
  for (const { line } of rows.splice(0)) line.remove();
  for (const outcome of Object.keys(counts)) delete counts[outcome];
  shown = null;
  $("profile").replaceChildren(element("p", { className: "quiet" }, "Choose a user in the list."));
  tally();
  refresh();
}

// One profile, and what made it so.

async function show(id, project) {
  shown = { id, project };
  $("person").elements.id.value = id;
  const query = project ? `?project=${encodeURIComponent(project)}` : "";
  try {
    const found = await call(`/_emulator/profiles/${encodeURIComponent(id)}${query}`);
    $("profile").replaceChildren(...portrait(found));
  } catch {
    $("profile").replaceChildren(element("p", { className: "quiet" }, `${id} has no profile.`));
  }
}

function portrait({ project, properties, updates }) {
  const known = Object.entries(properties ?? {})
    .flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, brief(value))]);
  const history = updates.toReversed().map(({ at, operation, value }) => element("li", {},
    element("b", {}, operation), element("code", {}, brief(value)),
    element("time", { className: "quiet", dateTime: at }, clock(at).slice(0, 8))));
  return [
    element("p", { className: "tag" }, `project ${project}${properties ? "" : ", deleted"}`),
    element("dl", {}, ...known),
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
  const none = element("li", { className: "quiet" }, "None was asked for.");
  $("deletions").replaceChildren(...(lines.length ? lines : [none]));
}

// Faults: a switch for each.

function drawFaults() {
  $("faults").replaceChildren(...kinds.map(({ name, sees, stored }) => {
    const toggle = element("input", { type: "checkbox", role: "switch", id: `fault-${name}` });
    toggle.addEventListener("change", () => order(name, toggle));
    return element("li", {}, element("label", {}, toggle, element("code", {}, name),
      element("span", { className: "tag", id: `struck-${name}` }),
      element("small", { className: "quiet" }, plain(`${sees}; stored: ${stored}`))));
  }));
}

function offerFaults() {
  const aimed = $("aim").elements.endpoint.value;
  for (const { name, endpoints } of kinds) {
    $(`fault-${name}`).disabled = aimed !== "" && !endpoints.includes(aimed);
  }
}

async function order(name, toggle) {
  const aim = Object.fromEntries([...new FormData($("aim"))]
    .filter(([, value]) => value !== "")
    .map(([field, value]) => [field, field === "endpoint" ? value : Number(value)]));
  if (name === "slow") aim.delay ??= 5;
  $("complaint").textContent = "";
  orders.given += 1;
  try {
    if (toggle.checked) await call("/_emulator/faults", { method: "POST", body: JSON.stringify({ fault: name, ...aim }) });
    else for (const { id } of (await call("/_emulator/faults")).filter(({ fault }) => fault === name)) {
      await call(`/_emulator/faults/${id}`, { method: "DELETE" });
    }
  } catch (error) {
    $("complaint").textContent = error.message;
  } finally {
    orders.done += 1;
  }
  await refreshFaults();
}

async function refreshFaults() {
  const { done } = orders;
  const planned = await call("/_emulator/faults");
  // What was asked before a switch was thrown would throw it back.
  if (orders.given !== done) return;
  for (const { name } of kinds) {
    const mine = planned.filter(({ fault }) => fault === name);
    const struck = mine.reduce((sum, one) => sum + one.struck, 0);
    $(`fault-${name}`).checked = mine.some(({ times, struck }) => times == null || struck < times);
    $(`struck-${name}`).textContent = struck ? `struck ${struck}` : "";
  }
  const on = $("faults").querySelectorAll(":checked").length;
  $("on").textContent = on ? `${on} on` : "";
}

const refresh = () => Promise.all([refreshDeletions(), refreshFaults()]);

// The page itself.

function say(state, text) {
  $("state").dataset.state = state;
  $("state").textContent = text;
}

function listen() {
  const stream = new EventSource("/_emulator/stream");
  stream.addEventListener("open", () => { forget(); say("live", "live"); });
  stream.addEventListener("error", () => say("waiting", "no connection, trying again"));
  stream.addEventListener("message", ({ data }) => {
    const { missed, items } = JSON.parse(data);
    say("live", missed ? `live, ${missed} too many to show` : "live");
    if ($("pause").ariaPressed === "true") paused = [...paused, ...items].slice(-KEPT);
    else arrive(items);
  });
}

$("filters").addEventListener("input", () => rows.forEach((each) => { each.line.hidden = !passes(each); }));
$("filters").addEventListener("submit", (event) => event.preventDefault());
$("aim").addEventListener("input", offerFaults);
$("aim").addEventListener("submit", (event) => event.preventDefault());
$("person").addEventListener("submit", (event) => {
  event.preventDefault();
  show($("person").elements.id.value, $("filters").elements.project.value);
});
$("empty").addEventListener("click", () => call("/_emulator", { method: "DELETE" }));
$("pause").addEventListener("click", () => {
  const now = $("pause").ariaPressed !== "true";
  $("pause").ariaPressed = String(now);
  $("pause").textContent = now ? "Go on" : "Pause";
  if (!now) arrive(paused.splice(0));
});

const catalogue = await call("/_emulator/catalogue");
rules = Object.fromEntries(catalogue.rules.map((rule) => [rule.id, rule]));
kinds = catalogue.faults;
drawFaults();
await refresh();
listen();
// Deletions move by the clock, and faults may be planned elsewhere.
setInterval(() => document.hidden || refresh().catch(() => {}), 3000);
