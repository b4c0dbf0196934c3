/** What a command takes: options with their help texts in, typed values out; `--help` prints them. */

import { parseArgs, styleText } from 'node:util';
import { PycaError } from '../../diagnostics/errors.ts';

export type Option = {
  type: 'boolean' | 'string' | 'number';
  help: string;
  /** One letter. */
  short?: string;
  /** What the help calls the value: `FILE`. */
  value?: string;
  choices?: readonly string[];
  /** May be given several times: the value is an array, empty by default. */
  multiple?: true;
  default?: string | number;
};

export type CommandSpec<O extends Record<string, Option>> = {
  /** Without `Usage: `, and a line for each form: `pyca report [PATH] [options]`. */
  usage: string;
  about: string;
  options: O;
  /** How many arguments it takes besides options; `command` ends the options at the first one (or at `--`). */
  positionals?: number | 'command';
  /** Below the options: examples, what else to know. */
  notes?: string;
};

type Single<O extends Option> = O['type'] extends 'boolean'
  ? boolean
  : O['type'] extends 'number'
    ? number
    : O extends { choices: readonly (infer C)[] }
      ? C
      : string;
type Value<O extends Option> = O extends { multiple: true }
  ? Single<O>[]
  : O extends { type: 'boolean' } | { default: string | number }
    ? Single<O>
    : Single<O> | undefined;

export type Values<O extends Record<string, Option>> = { [K in keyof O]: Value<O[K]> };
export type Parsed<O extends Record<string, Option>> = { values: Values<O>; positionals: string[] };

const HELP: Option = { type: 'boolean', short: 'h', help: 'this page' };

/** Undefined where `--help` was asked for, and is printed: the command ends with 0. Throws USAGE. */
export function parseOptions<const O extends Record<string, Option>>(
  spec: CommandSpec<O>,
  args: readonly string[],
): Parsed<O> | undefined {
  const options: Record<string, Option> = { ...spec.options, help: HELP };
  const [own, command] = spec.positionals === 'command' ? splitCommand(options, args) : [args, []];
  const tokens = tokenize(options, own);
  const values = readValues(options, tokens);
  if (values.help) {
    process.stdout.write(printHelp(spec));
    return undefined;
  }
  delete values.help;
  const positionals = [...tokens.flatMap((token) => (token.kind === 'positional' ? token.value : [])), ...command];
  const most = spec.positionals ?? 0;
  if (most !== 'command' && positionals.length > most) {
    throw new PycaError('USAGE', `"${positionals[most]}" is one argument too many: ${spec.usage.split('\n')[0]}`);
  }
  return { values: values as Values<O>, positionals };
}

/** Not strict: what is wrong we say in our own words. */
function tokenize(options: Record<string, Option>, args: readonly string[]) {
  const config = Object.entries(options).map(([name, { type, short }]) => {
    const kind = type === 'boolean' ? ('boolean' as const) : ('string' as const);
    return [name, { type: kind, ...(short && { short }) }] as const;
  });
  return parseArgs({ args: [...args], options: Object.fromEntries(config), strict: false, tokens: true }).tokens;
}

/** Our own options, and the command with its: it begins at the first argument that is no option of ours, or behind `--`. */
function splitCommand(options: Record<string, Option>, args: readonly string[]): [string[], string[]] {
  const at = tokenize(options, args).find(({ kind }) => kind !== 'option')?.index ?? args.length;
  return [args.slice(0, at), args.slice(args[at] === '--' ? at + 1 : at)];
}

function readValues(options: Record<string, Option>, tokens: ReturnType<typeof tokenize>): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [name, { type, multiple, default: value }] of Object.entries(options)) {
    values[name] = multiple ? [] : (value ?? (type === 'boolean' ? false : undefined));
  }
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const { name, rawName, value: text, inlineValue } = token;
    const option = Object.hasOwn(options, name) ? options[name] : undefined;
    if (!option) throw new PycaError('USAGE', unknownOption(rawName, Object.keys(options)));
    // What follows and looks like an option is one: the value was forgotten. `--name=-value` says that it is meant.
    const forgotten = inlineValue === false && /^-[^\d]/.test(text ?? '');
    const value = readValue(rawName, option, forgotten ? undefined : text);
    values[name] = option.multiple ? [...(values[name] as unknown[]), value] : value;
  }
  return values;
}

function readValue(name: string, option: Option, text: string | undefined): boolean | number | string {
  if (option.type === 'boolean') {
    if (text !== undefined) throw new PycaError('USAGE', `${name} takes no value`);
    return true;
  }
  if (text === undefined) throw new PycaError('USAGE', `${name} needs ${option.value ?? 'a value'}`);
  if (option.choices && !option.choices.includes(text)) {
    throw new PycaError('USAGE', `${name} is one of ${option.choices.join(', ')}; not "${text}"`);
  }
  if (option.type === 'string') return text;
  if (!/^-?\d+(\.\d+)?$/.test(text)) throw new PycaError('USAGE', `${name} takes a number; not "${text}"`);
  return Number(text);
}

function unknownOption(given: string, names: string[]): string {
  const nearest = names
    .map((name) => ({ name, distance: distance(given.replace(/^-+/, ''), name) }))
    .sort((a, b) => a.distance - b.distance)[0];
  const near = nearest && nearest.distance <= Math.max(1, nearest.name.length / 3);
  return `there is no option ${given}${near ? `; did you mean --${nearest.name}?` : ''}`;
}

/** Levenshtein's: how many letters to add, leave out or change. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}

export function printHelp(spec: CommandSpec<Record<string, Option>>): string {
  const bold = (text: string) => styleText('bold', text);
  const rows = Object.entries({ ...spec.options, help: HELP }).map(([name, option]) => {
    const value = option.type === 'boolean' ? '' : ` ${option.choices?.join('|') ?? option.value ?? 'VALUE'}`;
    return [`${option.short ? `-${option.short}, ` : '    '}--${name}${value}`, describeOption(option)] as const;
  });
  const width = Math.min(34, Math.max(...rows.map(([head]) => head.length)));
  const lines = rows.flatMap(([head, text]) => {
    const [first = '', ...others] = wrap(text, 80 - width - 4);
    const indent = ' '.repeat(width + 4);
    const start = head.length > width ? [`  ${head}`, `${indent}${first}`] : [`  ${head.padEnd(width)}  ${first}`];
    return [...start, ...others.map((line) => `${indent}${line}`)];
  });
  const usage = spec.usage.split('\n').map((form, i) => `${i === 0 ? bold('Usage:') : '      '} ${form}`);
  const notes = spec.notes ? `\n${spec.notes.trimEnd()}\n` : '';
  return `${usage.join('\n')}\n\n${wrap(spec.about, 80).join('\n')}\n\n${bold('Options:')}\n${lines.join('\n')}\n${notes}`;
}

function describeOption({ help, default: value, multiple }: Option): string {
  const more = [value === undefined ? '' : `default ${value}`, multiple ? 'may be given again' : ''].filter(Boolean);
  return more.length > 0 ? `${help} (${more.join('; ')})` : help;
}

/** Lines of at most `width` characters, broken at blanks. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter(Boolean)) {
    if (line && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line ? `${line} ${word}` : word;
  }
  return line ? [...lines, line] : lines;
}
