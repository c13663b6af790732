// The scenario of scenario.py, sent by RudderStack's Node SDK: node scenario.mjs <data plane> <write key>

import Analytics from '@rudderstack/rudder-sdk-node';

const [dataPlaneUrl, writeKey] = process.argv.slice(2);

const userId = 'user-1042';
const anonymousId = '5f1c2a7e-8d34-4b0a-9a52-3f6f3d1b7c90';

const visit = { ip: '203.0.113.7', locale: 'sv-SE', timezone: 'Europe/Stockholm' };

const inTheBrowser = {
  ...visit,
  userAgent:
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 ' +
    '(KHTML, like Gecko) Chrome/146.0.0.0 Safari/537.36',
  page: {
    path: '/',
    referrer: 'https://search.example.com/',
    title: 'Lantern Supply',
    url: 'https://shop.example.com/',
  },
  screen: { width: 1728, height: 1117, density: 2 },
};

const inTheApp = {
  ...visit,
  app: { name: 'Lantern', version: '3.4.1', build: '3041', namespace: 'com.example.lantern' },
  device: {
    id: '0d9e4c1b-6a57-4f6e-8b27-c4f0a1d2e3f4',
    manufacturer: 'Google',
    model: 'Pixel 10',
    name: 'frankel',
    type: 'Android',
  },
  network: { bluetooth: false, carrier: 'Example Mobile', cellular: true, wifi: false },
  os: { name: 'Android', version: '16' },
  screen: { width: 1080, height: 2424, density: 420 },
};

const client = new Analytics(writeKey, {
  dataPlaneUrl,
  axiosConfig: { proxy: false },
  retryCount: 1,
});

client.page({
  anonymousId,
  category: 'Shop',
  name: 'Home',
  properties: {
    path: '/',
    referrer: 'https://search.example.com/',
    search: '?utm_source=newsletter&utm_campaign=spring',
    title: 'Lantern Supply',
    url: 'https://shop.example.com/?utm_source=newsletter&utm_campaign=spring',
  },
  context: {
    ...inTheBrowser,
    campaign: {
      name: 'spring',
      source: 'newsletter',
      medium: 'email',
      term: 'desk lamp',
      content: 'header',
    },
  },
});
client.screen({
  anonymousId,
  category: 'Catalogue',
  name: 'Product',
  properties: { product_id: 'lamp-7', price: 39.5, currency: 'EUR', in_stock: true },
  context: inTheApp,
});
client.identify({
  userId,
  anonymousId,
  traits: {
    email: 'noor.lindqvist@example.com',
    firstName: 'Noor',
    lastName: 'Lindqvist',
    phone: '+1-202-555-0142',
    createdAt: new Date('2026-03-02T09:30:00Z'),
    plan: 'team',
    age: 34,
    newsletter: true,
    interests: ['lighting', 'workshops'],
    address: { city: 'Uppsala', country: 'Sweden', postalCode: '753 10' },
    company: { id: 'heron-and-reed', name: 'Heron & Reed' },
  },
  context: inTheBrowser,
});
client.alias({ previousId: anonymousId, userId, context: inTheBrowser });
client.group({
  userId,
  anonymousId,
  groupId: 'heron-and-reed',
  traits: {
    name: 'Heron & Reed',
    industry: 'Carpentry',
    employees: 12,
    plan: 'team',
    website: 'https://heron-and-reed.example.com',
  },
  context: inTheBrowser,
});
client.track({
  userId,
  anonymousId,
  event: 'Order Completed',
  properties: {
    order_id: 'order-2201',
    revenue: 88.5,
    shipping: 4.5,
    tax: 17.7,
    currency: 'EUR',
    coupon: 'SPRING',
    products: [
      { product_id: 'lamp-7', name: 'Desk lamp', price: 39.5, quantity: 2 },
      { product_id: 'bulb-2', name: 'Warm bulb', price: 5, quantity: 1 },
    ],
  },
  context: inTheBrowser,
});
await client.flush();
