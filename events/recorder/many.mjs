// Makes many calls of each type through RudderStack's Node SDK: node many.mjs <data plane> <write key> <count>

import Analytics from '@rudderstack/rudder-sdk-node';

const [dataPlaneUrl, writeKey, count] = process.argv.slice(2);

const client = new Analytics(writeKey, { dataPlaneUrl, axiosConfig: { proxy: false } });

for (let n = 0; n < Number(count); n += 1) {
  const userId = `user-${n}`;
  const anonymousId = `device-${n}`;
  const who = { userId, anonymousId };
  client.identify({ ...who, traits: { n } });
  client.track({ ...who, event: 'Counted', properties: { n } });
  client.page({ ...who, name: 'Counted', properties: { n } });
  client.screen({ ...who, name: 'Counted', properties: { n } });
  client.group({ ...who, groupId: `group-${n}`, traits: { groupId: `group-${n}`, n } });
  client.alias({ previousId: userId, userId: `also-${n}`, context: { n } });
}
// A flush sends twenty events.
for (let sent = 0; sent < 6 * Number(count); sent += 20) {
  await client.flush();
}
