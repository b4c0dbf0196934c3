/** The reference: coverage.py on the same application, run by hand, given the same requests. */

import type { Coverage } from '../../coverage/file-lines.ts';
import { askPod, sendTraffic } from './application.ts';
import { apply, eventually, kubectl } from './kubernetes.ts';

const SCRIPT = `
export COVERAGE_FILE=/tmp/coverage/data COVERAGE_RCFILE=/dev/null
mkdir -p /tmp/coverage
python -m coverage run --parallel-mode -m gunicorn -w 2 -b 0.0.0.0:8080 httpbin:app
python -m coverage combine -q && python -m coverage json -q -o /tmp/coverage/report.json
touch /tmp/coverage/done
sleep 3600
`;

/** Runs `image` un-annotated under coverage.py in a pod of its own. */
export async function referenceCoverage(namespace: string, image: string): Promise<Coverage> {
  const name = 'coverage-py';
  await apply({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace },
    spec: {
      terminationGracePeriodSeconds: 0,
      containers: [{ name: 'app', image, imagePullPolicy: 'IfNotPresent', command: ['sh', '-c', SCRIPT] }],
    },
  });
  // What the readiness probe asks of the others.
  await eventually('the reference answers', async () =>
    (await askPod(namespace, name, '/status/200')).status === 200 ? true : undefined,
  );
  await sendTraffic(namespace, [{ metadata: { name } }]);
  await kubectl('exec', '-n', namespace, name, '--', 'python', '-c', STOP);
  const json = await eventually('the reference report', () =>
    kubectl(
      'exec',
      '-n',
      namespace,
      name,
      '--',
      'sh',
      '-c',
      'test -e /tmp/coverage/done && cat /tmp/coverage/report.json',
    ),
  );
  await kubectl('delete', 'pod', '-n', namespace, name, '--wait=false');
  const { files } = JSON.parse(json) as {
    files: Record<string, { executed_lines: number[]; missing_lines: number[] }>;
  };
  return new Map(
    Object.entries(files)
      .map(([path, { executed_lines: executed, missing_lines: missing }]) => [path, { executed, missing }] as const)
      .filter(([, { executed, missing }]) => executed.length + missing.length > 0),
  );
}

/** SIGINT to gunicorn's master: the one whose parent is the shell. */
const STOP = `
import os, signal
for pid in filter(str.isdigit, os.listdir("/proc")):
    try:
        stat = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
        if stat[1] == "1" and b"gunicorn" in open(f"/proc/{pid}/cmdline", "rb").read():
            os.kill(int(pid), signal.SIGINT)
    except OSError:
        pass
`;
