import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';
import { Copy, DockerfileParser, JSONInstruction } from 'dockerfile-ast';
import type { Instruction } from 'dockerfile-ast';

const run = promisify(execFile);

/** An instruction of a Dockerfile. */
export interface Step {
  readonly keyword: string;
  /** Without its flags; of the JSON form its strings, variables not filled in. */
  readonly args: readonly string[];
  /** The stage that a COPY is from; null where it is from the context. */
  readonly from: string | null;
}

/** The instructions of each stage, by its name; that of the last is empty. */
export function stagesOf(text: string): ReadonlyMap<string, readonly Step[]> {
  const stages = new Map<string, Step[]>();
  let current: Step[] = [];
  for (const instruction of DockerfileParser.parse(text).getInstructions()) {
    const step = stepOf(instruction);
    if (step.keyword === 'FROM') stages.set(step.args[2] ?? '', (current = []));
    current.push(step);
  }
  return stages;
}

function stepOf(instruction: Instruction): Step {
  const strings = instruction instanceof JSONInstruction ? instruction.getJSONStrings() : [];
  const args =
    strings.length > 0
      ? strings.map((one) => JSON.parse(one.getValue()) as string)
      : instruction.getArguments().map((one) => one.getValue());
  const flags = instruction instanceof Copy ? instruction.getFlags() : [];
  const from = flags.find((flag) => flag.getName() === 'from')?.getValue() ?? null;
  return { keyword: instruction.getKeyword(), args, from };
}

/** The commands of a RUN, each with its arguments, in the order in which `&&` runs them. */
export function commandsOf({ args }: Step): string[][] {
  return args.reduce<string[][]>(
    (commands, word) => {
      if (word === '&&') commands.push([]);
      else commands.at(-1)?.push(word.replaceAll('"', ''));
      return commands;
    },
    [[]],
  );
}

/** `NAME=VALUE` of all ENV or ARG instructions. */
export function valuesOf(steps: readonly Step[], keyword: 'ENV' | 'ARG'): Record<string, string> {
  const pairs = steps.filter((step) => step.keyword === keyword).flatMap(({ args }) => args);
  return Object.fromEntries(
    pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  );
}

/** What is in the context: the file ignores all, and then not what it names. */
export function contextOf(ignoreFile: string): readonly string[] {
  const [all, ...but] = readFileSync(ignoreFile, 'utf8').trim().split('\n');
  if (all !== '*' || but.some((line) => !/^![\w.-]+$/.test(line)))
    throw new Error(`cannot read ${ignoreFile}`);
  return but.map((line) => line.slice(1));
}

/** The steps of an image, done in a folder a stage that stands for its root. */
export class Rehearsal {
  readonly #root: string;
  readonly #context: string;
  /** In place of what this machine cannot do, or has done elsewhere, by the command. */
  readonly #instead: (command: readonly string[], root: string) => boolean;

  constructor(root: string, context: string, instead: (command: readonly string[], root: string) => boolean) {
    this.#root = root;
    this.#context = context;
    this.#instead = instead;
  }

  rootOf(stage: string): string {
    return join(this.#root, `stage-${stage}`);
  }

  /** A path of the image, in the folder of its stage. */
  path(stage: string, workdir: string, path: string): string {
    return join(this.rootOf(stage), isAbsolute(path) ? path : join(workdir, path));
  }

  async play(stage: string, steps: readonly Step[]): Promise<void> {
    let workdir = '/';
    mkdirSync(join(this.rootOf(stage), 'usr/local/bin'), { recursive: true });
    for (const step of steps) {
      if (step.keyword === 'WORKDIR') {
        workdir = step.args[0] ?? workdir;
        mkdirSync(this.path(stage, '/', workdir), { recursive: true });
      }
      if (step.keyword === 'COPY') this.#copy(stage, workdir, step);
      if (step.keyword !== 'RUN') continue;
      for (const command of commandsOf(step)) await this.#run(stage, workdir, command);
    }
  }

  #copy(stage: string, workdir: string, { args, from }: Step): void {
    const target = args.at(-1) ?? '';
    for (const source of args.slice(0, -1)) {
      const file = from === null ? join(this.#context, source) : this.path(from, '/', source);
      const to = this.path(stage, workdir, target);
      cpSync(file, target.endsWith('/') ? join(to, source.split('/').at(-1) ?? '') : to, {
        recursive: true,
        verbatimSymlinks: true,
      });
    }
  }

  /** Nothing but these commands, and what they name by an absolute path only in the stage's own folder. */
  async #run(stage: string, workdir: string, command: readonly string[]): Promise<void> {
    const root = this.rootOf(stage);
    if (this.#instead(command, root)) return;
    const [name = '', ...args] = command;
    const inside = args.map((arg) => (isAbsolute(arg) ? join(root, arg) : arg));
    const cwd = join(root, workdir);
    if (name === 'npm') await run('npm', args, { cwd, env: { ...process.env, NODE_V8_COVERAGE: undefined } });
    else if (name === 'chmod') await run('chmod', inside, { cwd });
    else if (name === 'ln') symlinkSync(inside[1] ?? '', inside[2] ?? '');
    else throw new Error(`cannot rehearse ${command.join(' ')} in ${dirname(cwd)}`);
  }
}
