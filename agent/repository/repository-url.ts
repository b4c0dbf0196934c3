/** Addresses of git repositories: what they share, and what must not leave the machine. */

/**
 * | address                               | without credentials                 |
 * | ------------------------------------- | ----------------------------------- |
 * | `https://user:token@host/acme/shop`   | `https://host/acme/shop`            |
 * | `https://token@host/acme/shop`        | `https://host/acme/shop`            |
 * | `ssh://git:secret@host/acme/shop`     | `ssh://git@host/acme/shop`          |
 * | `git@host:acme/shop.git`              | as it is: `git` is no secret        |
 */
export function withoutCredentials(url: string): string {
  return url
    .trim()
    .replace(/^(https?|ftps?):\/\/[^/]*@/i, '$1://')
    .replace(/^([a-z+]+:\/\/[^/:@]*):[^/]*@/i, '$1@');
}

export type RepositoryPlace = { host: string; path: string };

/** Of an URL or of `host:path`; null for what is on this machine. The path is without `.git`. */
export function repositoryPlace(url: string): RepositoryPlace | null {
  const [, host = '', path = ''] =
    /^(?!file:)[a-z+]+:\/\/(?:[^/]*@)?(\[[^\]]+\]|[^/:]+)(?::\d+)?\/+(.+)$/i.exec(url) ??
    /^(?:[^/:@]+@)?(\[[^\]]+\]|[^/:]{2,}):(?!\/\/)\/*(.+)$/.exec(url) ??
    [];
  if (!host) return null;
  return { host: host.toLowerCase(), path: path.replace(/\/+$/, '').replace(/\.git$/, '') };
}

/** False only where both are known to be elsewhere; ways there (SSH, a proxy, a port) may differ. */
export function maybeSameRepository(one: string, other: string): boolean {
  const [a, b] = [repositoryPlace(one), repositoryPlace(other)].map((place) => place && `/${place.path.toLowerCase()}`);
  return !a || !b || a.endsWith(b) || b.endsWith(a);
}
