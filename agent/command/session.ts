export async function session(_args: string[]): Promise<number> {
  throw new Error('under construction');
}
