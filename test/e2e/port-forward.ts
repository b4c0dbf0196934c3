/** A port of a pod or a Service, brought to this machine as a user would bring it. */

import { type ChildProcess, spawn } from 'node:child_process';
import { eventually } from './kubernetes.ts';

export type Forward = { port: number; child: ChildProcess };

/** `target` as kubectl names it: service/NAME or pod/NAME. Ends when the child is killed. */
export function forward(namespace: string, target: string, port: number): Promise<Forward> {
  return eventually(`port-forward to ${target}`, async () => {
    const child = spawn('kubectl', ['port-forward', '-n', namespace, target, `:${port}`], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const local = await new Promise<number | undefined>((resolve) => {
      child.stdout.on('data', (chunk) => {
        const found = /127\.0\.0\.1:(\d+)/.exec(String(chunk));
        if (found) resolve(Number(found[1]));
      });
      child.on('exit', () => resolve(undefined));
    });
    return local ? { port: local, child } : undefined;
  });
}
