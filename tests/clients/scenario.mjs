// Makes every call of Mixpanel's own client that works without TLS, in sequence.
//     node scenario.mjs HOST PORT TOKEN   prints a line of JSON for each call: its name and its error.

import { promisify } from "node:util";
import Mixpanel from "mixpanel";

const [host, port, token] = process.argv.slice(2);
const mixpanel = Mixpanel.init(token, { host, port, protocol: "http" });

const calls = {
  track: (done) => mixpanel.track("Order Completed", { distinct_id: "user-1", total: 42.5 }, done),
  track_batch: (done) => mixpanel.track_batch([
    { event: "Signed Up", properties: { distinct_id: "user-1", time: new Date() } },
    { event: "Logged In", properties: { distinct_id: "user-1" } },
  ], done),
  import: (done) => mixpanel.import("Order Completed", new Date(), { distinct_id: "user-1" }, done),
  alias: (done) => mixpanel.alias("user-1", "ada", done),
  set: (done) => mixpanel.people.set("user-1", { name: "Ada", plan: "free" }, done),
  set_once: (done) => mixpanel.people.set_once("user-1", "plan", "pro", done),
  increment: (done) => mixpanel.people.increment("user-1", "orders", 2, done),
  append: (done) => mixpanel.people.append("user-1", "seen", "home", done),
  union: (done) => mixpanel.people.union("user-1", { seen: ["home", "cart"] }, done),
  remove: (done) => mixpanel.people.remove("user-1", { seen: "home" }, done),
  track_charge: (done) => mixpanel.people.track_charge("user-1", 5, {}, done),
  unset: (done) => mixpanel.people.unset("user-1", "plan", done),
  delete_user: (done) => mixpanel.people.delete_user("user-2", done),
  groups_set: (done) => mixpanel.groups.set("company", "acme", { seats: 12 }, done),
  groups_union: (done) => mixpanel.groups.union("company", "acme", { tags: ["vip"] }, done),
};

for (const [name, call] of Object.entries(calls)) {
  const error = await promisify(call)().then(() => null, ({ message }) => message.split("\n")[0]);
  console.log(JSON.stringify([name, error]));
}
