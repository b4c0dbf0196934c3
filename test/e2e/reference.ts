/** The reference: coverage.py on the same application, run by hand, given the same requests. */

import type { Coverage, FileLines } from '../../coverage/file-lines.ts';
import { askPod, sendTraffic } from './application.ts';
import { apply, eventually, kubectl } from './kubernetes.ts';

const SCRIPT = `
export COVERAGE_FILE=/tmp/coverage/data COVERAGE_RCFILE=/dev/null
mkdir -p /tmp/coverage
python -m coverage run --parallel-mode -m gunicorn --config /etc/gunicorn.conf.py httpbin:app
python -m coverage combine -q && python -c "$REPORT" >/tmp/coverage/report.json && touch /tmp/coverage/done
sleep 3600
`;

/**
 * As `coverage json`, whose last release for Python 3.8 calls docstrings executed that it doesn't count as statements. It
 * leaves templates out too, which bear the names of their files in the code made from them.
 */
const REPORT = `
import coverage, json
data = coverage.Coverage()
data.load()
files = {}
for path in filter(lambda path: path.endswith(".py"), data.get_data().measured_files()):
    _, statements, _, missing, _ = data.analysis2(path)
    files[path[5:] if path.startswith("/app/") else path] = {"executed": sorted(set(statements) - set(missing)), "missing": missing}
print(json.dumps(files))
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
      containers: [
        {
          name: 'app',
          image,
          imagePullPolicy: 'IfNotPresent',
          command: ['sh', '-c', SCRIPT],
          env: [{ name: 'REPORT', value: REPORT }],
        },
      ],
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
  const files = Object.entries<FileLines>(JSON.parse(json));
  return new Map(files.filter(([, { executed, missing }]) => executed.length + missing.length > 0));
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
