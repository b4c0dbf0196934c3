export async function selfTest(_args: string[]): Promise<number> {
  throw new Error('under construction');
}
