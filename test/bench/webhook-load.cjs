// Runs inside the cluster: node load.cjs URL RATE SECONDS. Requests leave on a fixed schedule, however slow the answers are;
// a latency counts from the moment a request was due.
const { Agent, request } = require('node:https');

const [url, rate, seconds] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const agent = new Agent({ keepAlive: true, maxSockets: 50, rejectUnauthorized: false });

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'checkout-1',
    namespace: 'shop',
    annotations: { 'pyca.io/inject': 'checkout' },
    labels: { app: 'checkout' },
  },
  spec: {
    containers: [1, 2, 3].map((i) => ({
      name: `app-${i}`,
      image: 'shop/checkout:1',
      env: Array.from({ length: 30 }, (_, n) => ({ name: `SETTING_${n}`, value: `value ${n}` })),
      resources: { requests: { cpu: '100m', memory: '128Mi' } },
    })),
  },
};
const review = JSON.stringify({
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  request: {
    uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
    kind: { group: '', version: 'v1', kind: 'Pod' },
    resource: { group: '', version: 'v1', resource: 'pods' },
    namespace: 'shop',
    operation: 'CREATE',
    userInfo: { username: 'system:serviceaccount:kube-system:replicaset-controller' },
    object: pod,
    oldObject: null,
    dryRun: false,
  },
});

function ask(path, expected) {
  return new Promise((resolve, reject) => {
    const call = request(
      url + path,
      { agent, method: 'POST', headers: { 'content-type': 'application/json' } },
      (response) => {
        let body = '';
        response.on('data', (chunk) => {
          body += chunk;
        });
        response.on('end', () =>
          expected(response.statusCode, body) ? resolve() : reject(new Error(`${response.statusCode} ${body}`)),
        );
      },
    );
    call.on('error', reject);
    call.end(review);
  });
}

async function measure(path, expected, count) {
  const start = performance.now() + 100;
  const latencies = await Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const due = start + (i * 1000) / rate;
      await new Promise((resolve) => setTimeout(resolve, due - performance.now()));
      await ask(path, expected);
      return performance.now() - due;
    }),
  );
  latencies.sort((a, b) => a - b);
  return { p50: latencies[Math.floor(count * 0.5)], p99: latencies[Math.floor(count * 0.99)] };
}

async function main() {
  const patched = (status, body) => status === 200 && JSON.parse(body).response.patch?.length > 100;
  const absent = (status) => status === 404;
  await measure('/mutate/pods', patched, 3 * rate); // warms the operator's code and the connections
  const result = {
    review: await measure('/mutate/pods', patched, seconds * rate),
    nothing: await measure('/nothing', absent, seconds * rate),
  };
  process.stdout.write(JSON.stringify(result));
  process.exit(0);
}

main();
