export async function status(_args: string[]): Promise<number> {
  throw new Error('under construction');
}
