/** HTML that holds nothing but what we put into it: names and sources come from anyone. */

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
/** Characters that are not seen, or that change the direction of those around them (CVE-2021-42574): shown by their names. */
const INVISIBLE = /(?![\t\n])[\p{Cc}\u200b\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/gu;

export function escapeHtml(text: string): string {
  return text
    .toWellFormed()
    .replace(/[&<>"']/g, (character) => ENTITIES[character] as string)
    .replace(INVISIBLE, (character) => `⟨U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}⟩`);
}

/** `1,234` */
export function formatCount(n: number): string {
  return n.toLocaleString('en');
}
