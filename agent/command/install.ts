export async function install(_args: string[]): Promise<number> {
  throw new Error('under construction');
}

export async function uninstall(_args: string[]): Promise<number> {
  throw new Error('under construction');
}
