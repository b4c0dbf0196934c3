/** What a source file is called in a report: its path in the repository, where the container's can tell it. */

/** A folder as the container has it, and the folder of the repository that it is. */
export type PathMapping = readonly { from: string; to: string }[];

/**
 * | path                | root | mapping                | is called             |
 * | ------------------- | ---- | ---------------------- | --------------------- |
 * | `/app/cart.py`      | /app |                        | `cart.py`             |
 * | `/app/cart.py`      | /app | `/app=services/shop`   | `services/shop/cart.py` |
 * | `/app/src/cart.py`  | /app | `src=services/shop`    | `services/shop/cart.py` |
 * | `/opt/lib/money.py` | /app |                        | `/opt/lib/money.py`   |
 *
 * Of several mappings the longest decides.
 */
export function sourcePath(path: string, root: string, mapping: PathMapping = []): string {
  const relative = below(path, root) ?? path;
  let best: { length: number; path: string } | undefined;
  for (const { from, to } of mapping) {
    const rest = below(from.startsWith('/') ? path : relative, from);
    if (rest === undefined || from.length <= (best?.length ?? -1)) continue;
    best = { length: from.length, path: to ? `${to.replace(/\/$/, '')}/${rest}` : rest };
  }
  // A name that is not UTF-8 comes with lone surrogates, which many a reader of JSON refuses.
  return (best?.path ?? relative).toWellFormed();
}

function below(path: string, folder: string): string | undefined {
  const prefix = folder.endsWith('/') ? folder : `${folder}/`;
  return path.startsWith(prefix) && path.length > prefix.length ? path.slice(prefix.length) : undefined;
}
