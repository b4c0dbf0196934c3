/** Installs PYCA, annotates an application that runs, sends traffic, and shows coverage climb. */

import { countLines } from '../../coverage/file-lines.ts';
import { deploy, pods, podsAre, sendTraffic } from '../e2e/application.ts';
import { imageExists } from '../e2e/image.ts';
import { install } from '../e2e/installation.ts';
import { eventually, freshNamespace, kubectl } from '../e2e/kubernetes.ts';
import { referenceCoverage } from '../e2e/reference.ts';
import { ReportQueue } from '../e2e/report-queue.ts';

const NAMESPACE = 'shop';
const say = (text: string) => process.stdout.write(`${text}\n`);
const step = (text: string) => say(`\n\x1b[1m${text}\x1b[0m`);

async function show(...args: string[]): Promise<void> {
  say(`$ kubectl ${args.join(' ')}`);
  say((await kubectl(...args)).trimEnd());
}

step('helm upgrade --install pyca charts/pyca -n pyca-system');
await install();
const queue = await ReportQueue.open();

step('A published Python web application (httpbin), two replicas, nothing of PYCA in it');
const image = (await imageExists('localhost/httpbin:py313')) ? 'localhost/httpbin:py313' : 'localhost/httpbin:py312';
await freshNamespace(NAMESPACE);
await deploy(NAMESPACE, 'checkout', { image, replicas: 2 });
await show('get', 'pods', '-n', NAMESPACE);

step('The one command');
const git = ['pyca.io/repo=https://github.com/postmanlabs/httpbin.git', 'pyca.io/branch=master'];
await show(
  'annotate',
  '-n',
  NAMESPACE,
  'deployment/checkout',
  'pyca.io/enabled=true',
  'pyca.io/flush-interval=5s',
  ...git,
);
await podsAre('injected', NAMESPACE, 'checkout');
await show('get', 'pods', '-n', NAMESPACE);

step('The first report: what ran while the application started');
await eventually('a report of each pod', async () => (queue.of(NAMESPACE).length >= 2 ? true : undefined));
await eventually('coverage in the status', async () =>
  (await kubectl('get', 'cov', '-n', NAMESPACE)).includes('%') ? true : undefined,
);
await show('get', 'coverageagents', '-n', NAMESPACE);

step('Traffic: 19 kinds of requests to each pod');
const before = countLines(queue.coverage(NAMESPACE)).covered;
await sendTraffic(NAMESPACE, await pods(NAMESPACE, 'checkout'));
await eventually('more lines', async () => (countLines(queue.coverage(NAMESPACE)).covered > before ? true : undefined));

step('The same requests to the same application under coverage.py, by hand');
const reference = await referenceCoverage(NAMESPACE, image);
await eventually(
  'the reports say the same, file by file and line by line',
  async () => {
    const [ours, theirs] = [queue.coverage(NAMESPACE), reference].map((coverage) =>
      JSON.stringify([...coverage].sort()),
    );
    return ours === theirs ? true : undefined;
  },
  60,
);
const { executable, covered } = countLines(reference);
say(
  `coverage.py: ${covered} of ${executable} lines in ${reference.size} files. The reports on RabbitMQ: the same lines.`,
);
await eventually('the status agrees', async () => {
  const row = await kubectl('get', 'coverageagents', '-n', NAMESPACE);
  return row.includes(`${((100 * covered) / executable).toFixed(1)}%`) ? true : undefined;
});
await show('get', 'coverageagents', '-n', NAMESPACE);

const last = queue.of(NAMESPACE).at(-1);
step('The last report, as it arrived on coverage_exchange');
say(
  JSON.stringify(
    { ...last?.report, coverage: { format: 'pyca', raw: `${last?.report.coverage.raw.slice(0, 160)}…` } },
    null,
    2,
  ),
);
say(JSON.stringify(last?.headers));
await queue.close();
