/** Some of the interpreters, where what is tested depends little on the version: the oldest, the middle and the newest two. */

import { describe } from 'vitest';
import { type Python, supported } from './pythons.ts';

const MIDDLE = '3.11';

const sample = (of: Python[]) =>
  of.filter(({ version }, index) => index === 0 || version === MIDDLE || index >= of.length - 2);

export function onSomePythons(subject: string, body: (python: Python) => void, of: Python[] = supported): void {
  for (const python of sample(of)) describe(`${subject}, CPython ${python.version}`, () => body(python));
}
