// Prints the browser of each user agent, as ua-parser-js finds it, under Mixpanel's names.
// Reads a JSON list of user agents from standard input.
import { readFileSync } from "node:fs";
import UAParser from "ua-parser-js";

const userAgents = JSON.parse(readFileSync(0, "utf8"));
const browsers = userAgents.map((userAgent) => {
  const { name, version } = new UAParser(userAgent).getBrowser();
  // JSON leaves out what is undefined
  return { $browser: name, $browser_version: version };
});
process.stdout.write(JSON.stringify(browsers));
