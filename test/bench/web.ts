/** A Flask and a Django application in their steady state, asked in process by their test clients: cost of a request, and memory. */

import { cpSync } from 'node:fs';
import { join } from 'node:path';
import type { Python } from '../preload/python/pythons.ts';
import { type Cost, costText, measureCosts, peersText } from './collector-costs.ts';
import type { Figure } from './figure.ts';
import { benchPythons, inFolder } from './workspace.ts';

const APPLICATIONS = { Flask: 'flask_shop', Django: 'django_shop' };
/** Rounds of 32 requests: enough for CPython to have specialised what it will. */
const WARM = 8;

export async function measureWeb(): Promise<Figure[]> {
  return benchPythons.flatMap((python) =>
    Object.entries(APPLICATIONS).flatMap(([name, module]) => measureApplication(python, name, module)),
  );
}

function measureApplication(python: Python, name: string, module: string): Figure[] {
  return inFolder((folder) => {
    cpSync(join(import.meta.dirname, 'applications'), folder, { recursive: true });
    const costs = measureCosts({ python, folder, script: ['serve.py', module], warm: WARM, counted: 2, seeds: 3 });
    const memory = ({ memory }: Cost) => `${memory < 0 ? '' : '+'}${(memory / 1e6).toFixed(1)} MB`;
    return costs.pyca
      ? [
          {
            what: `Python ${python.version}: ${name}, steady`,
            measured: costText(costs.pyca),
            peer: peersText(costs),
            goal: 'insn ≤ 1.005',
          },
          {
            what: `Python ${python.version}: ${name}, memory (Private_Dirty)`,
            measured: memory(costs.pyca),
            peer: peersText(costs, memory),
            goal: '≤ +0.5 MB',
          },
        ]
      : [];
  });
}
