export async function report(_args: string[]): Promise<number> {
  throw new Error('under construction');
}
