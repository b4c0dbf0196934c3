/** Globs of reported paths, as `PYCA_INCLUDE` has them: `?` and `*` within a segment, `**` across; a folder holds all below it. */

/** Each of `globs` may be several, comma separated. */
export function pathFilter(include: readonly string[], exclude: readonly string[]): (path: string) => boolean {
  const [wanted, unwanted] = [include, exclude].map((globs) => globs.flatMap(split).map(toRegExp)) as [
    RegExp[],
    RegExp[],
  ];
  return (path) => {
    const matches = (patterns: RegExp[]) => patterns.some((pattern) => pattern.test(`${path}/`));
    return (wanted.length === 0 || matches(wanted)) && !matches(unwanted);
  };
}

function split(globs: string): string[] {
  return globs
    .split(',')
    .map((glob) => glob.trim().replace(/^(?:\.\/)+/, ''))
    .filter(Boolean);
}

/** Of a path that ends in `/`: so a segment always does. */
function toRegExp(glob: string): RegExp {
  const segments = glob.replace(/\/+$/, '').split('/');
  const parts = segments.map((segment) => (segment === '**' ? '(?:[^/]+/)*' : `${segmentPattern(segment)}/`));
  return new RegExp(`^${parts.join('')}`);
}

function segmentPattern(glob: string): string {
  return glob.replace(/\*+|[!-/:-@[-^`{-~]/g, (part) =>
    part === '?' ? '[^/]' : part[0] === '*' ? '[^/]*' : `\\${part}`,
  );
}
