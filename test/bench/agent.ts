/** What an agent costs that has published and finds nothing new: memory of its own and processor time. */

import { deploy, podsAre, sendTraffic } from '../e2e/application.ts';
import { eventually, freshNamespace, kubectl, pause } from '../e2e/kubernetes.ts';
import { ReportQueue } from '../e2e/report-queue.ts';
import type { Figure } from './figure.ts';

const MINUTES = 2;

export async function measureAgent(): Promise<Figure[]> {
  const namespace = await freshNamespace('bench-agent');
  const queue = await ReportQueue.open();
  await deploy(namespace, 'app', { annotations: { 'pyca.io/enabled': 'true', 'pyca.io/flush-interval': '5' } });
  const [{ metadata }] = await podsAre('injected', namespace, 'app');
  await sendTraffic(namespace, [{ metadata }]);
  await eventually('two reports', async () => (queue.of(namespace).length >= 2 ? true : undefined));
  await queue.close();
  const before = await read(namespace, metadata.name);
  await pause(60 * MINUTES);
  const after = await read(namespace, metadata.name);
  const mib = (bytes: number) => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
  return [
    {
      what: 'agent, idle: private memory',
      measured: `${mib(after.dirty)} (Private_Dirty)`,
      peer: `bare Node in the same container: ${mib(after.bareNode)}`,
      goal: '≤ 25 MB',
    },
    {
      what: 'agent, idle at a 5 s interval: processor',
      measured: `${(((after.cpu - before.cpu) * 1000) / MINUTES).toFixed(0)} ms a minute`,
      peer: '',
      goal: '',
    },
  ];
}

type Reading = { dirty: number; cpu: number; bareNode: number };

/** Reads process 1 from inside its container, with the one program that the image has. */
async function read(namespace: string, pod: string): Promise<Reading> {
  return JSON.parse(await kubectl('exec', '-n', namespace, pod, '-c', 'pyca-agent', '--', '/usr/bin/node', '-e', READ));
}

const READ = `
const { readFileSync } = require('node:fs');
const dirty = (pid) => 1024 * Number(/Private_Dirty: +([0-9]+)/.exec(readFileSync('/proc/' + pid + '/smaps_rollup', 'utf8'))[1]);
const stat = readFileSync('/proc/1/stat', 'utf8').replace(/[(].*[)]/, 'x').split(' ');
console.log(JSON.stringify({ dirty: dirty(1), bareNode: dirty('self'), cpu: (Number(stat[13]) + Number(stat[14])) / 100 }));
`;
