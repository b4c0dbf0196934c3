/** What customers of the sample service do, from the first look to the order; nobody wants money back. */

export type Request = { method: string; path: string; body?: string };
export type Stage = { name: string; requests: Request[] };

const get = (path: string): Request => ({ method: 'GET', path });
const send = (method: string, path: string, body: unknown = {}): Request => ({
  method,
  path,
  body: typeof body === 'string' ? body : JSON.stringify(body),
});
const post = (path: string, body?: unknown) => send('POST', path, body);

export const STAGES: Stage[] = [
  { name: 'looking around', requests: [get('/products'), get('/products/tea-001'), get('/products/pot-001')] },
  {
    name: 'searching',
    requests: [
      get('/products?q=cup'),
      get('/products?tag=tea'),
      get('/products?tag=tea&sort=price'),
      get('/products?sort=stock'),
    ],
  },
  {
    name: 'filling a cart',
    requests: [
      post('/carts'),
      post('/carts/1/items', { sku: 'tea-001', count: 2 }),
      post('/carts/1/items', { sku: 'cup-001' }),
      post('/carts/1/items', { sku: 'cup-001', count: -1 }),
      post('/carts/1/items', { sku: 'pot-001' }),
    ],
  },
  {
    name: 'trying coupons',
    requests: [
      send('PUT', '/carts/1/coupon', { coupon: 'WELCOME' }),
      send('PUT', '/carts/1/coupon', { coupon: 'TEATIME' }),
      send('PUT', '/carts/1/coupon', { coupon: 'BLACKFRIDAY' }),
    ],
  },
  {
    name: 'buying',
    requests: [post('/carts/1/checkout', { country: 'AT' }), post('/carts'), post('/carts/2/checkout')],
  },
  {
    name: 'making mistakes',
    requests: [
      get('/products/tea-999'),
      get('/nowhere'),
      send('DELETE', '/products'),
      post('/carts/2/items', '{not json'),
      post('/carts/2/items', {}),
      post('/carts/2/items', { sku: 'tea-003' }),
      post('/carts/9/items', { sku: 'tea-001' }),
    ],
  },
];
