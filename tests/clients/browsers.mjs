// Prints the name and the version of the browser of each user agent, as ua-parser-js finds them.
// Reads a JSON list of user agents from standard input.
import { readFileSync } from "node:fs";
import UAParser from "ua-parser-js";

const userAgents = JSON.parse(readFileSync(0, "utf8"));
const browsers = userAgents.map((userAgent) => {
  const { name, version } = new UAParser(userAgent).getBrowser();
  return [name ?? "", version ?? ""];
});
process.stdout.write(JSON.stringify(browsers));
