/** The user's home folder, as the hook in an application finds it (`_project.py`). */

import { userInfo } from 'node:os';
import { isAbsolute } from 'node:path';

/** `/` for a user whom the system does not know, as containers have them. */
export function homeFolder({ HOME = '' }: NodeJS.ProcessEnv = process.env): string {
  if (isAbsolute(HOME)) return HOME;
  try {
    return userInfo().homedir;
  } catch {
    return '/';
  }
}
