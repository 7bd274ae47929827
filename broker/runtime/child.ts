import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import type { Logger } from 'pino';
import {
  RUNTIME_EXIT_MS_MAX,
  RUNTIME_LINE_BYTES_MAX,
  RUNTIME_STDERR_LINE_BYTES_MAX,
  RUNTIME_STDERR_LINES_MAX,
} from '../../protocol/limits.js';
import { LineReader } from '../framing/line-reader.js';
import type { RuntimeEvents, RuntimeExit, RuntimeLink } from './link.js';

export interface ChildCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** How people call it. */
  readonly label: string;
}

const NEWLINE = Buffer.from('\n');

/**
 * Starts the runtime as a child process, in a process group of its own so that whatever it has started ends
 * with it. Its stderr goes to the log.
 */
export function startChild(runtime: ChildCommand, events: RuntimeEvents, log: Logger): RuntimeLink {
  const child = spawn(runtime.command, runtime.args, { stdio: 'pipe', detached: true });
  const label = `${runtime.label} (pid ${child.pid ?? 'none'})`;
  const stderr = keepLastLines(child, log);
  let gone = false;
  let startError: string | null = null;

  const lines = new LineReader(RUNTIME_LINE_BYTES_MAX, {
    line: (line) => events.line(line),
    tooLong: (bytes, head) => events.lineTooLong(bytes, head),
  });
  child.stdout.on('data', (chunk: Buffer) => lines.push(chunk));
  // A runtime that has gone is told by `close`; a broken pipe on the way there says nothing more.
  child.stdin.on('error', () => {});
  child.on('error', (error) => {
    startError = error.message;
  });
  // What the runtime has started may hold its pipes open: `close` comes only when these are gone too.
  child.on('exit', () => signalGroup(child.pid, 'SIGKILL'));
  const exited = new Promise<void>((resolve) => {
    child.on('close', (code, signal) => {
      gone = true;
      events.exited({ summary: describeExit(runtime, { code, signal, startError }), stderr });
      resolve();
    });
  });

  return {
    label,
    get pendingBytes() {
      return child.stdin.writableLength;
    },
    send(message) {
      if (gone || !child.stdin.writable) return;
      child.stdin.cork();
      child.stdin.write(message);
      child.stdin.write(NEWLINE);
      child.stdin.uncork();
    },
    pause: () => child.stdout.pause(),
    resume: () => child.stdout.resume(),
    close: () => endChild(child, exited),
  };
}

/** stdin closed, then SIGTERM, then SIGKILL, to the whole group, each after the runtime had its time. */
async function endChild(child: ChildProcessWithoutNullStreams, exited: Promise<void>): Promise<void> {
  child.stdin.end();
  // A paused stdout would keep a runtime that still has something to say from ending.
  child.stdout.resume();
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (await within(exited, RUNTIME_EXIT_MS_MAX)) return;
    signalGroup(child.pid, signal);
  }
  await exited;
}

async function within(event: Promise<void>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  const inTime = await Promise.race([event.then(() => true), timeout]);
  clearTimeout(timer);
  return inTime;
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // Nobody of the group is left.
  }
}

function keepLastLines(child: ChildProcessWithoutNullStreams, log: Logger): string[] {
  const last: string[] = [];
  const keep = (text: string): void => {
    // Anything may stand there, also what somebody wrote.
    log.debug({ from: 'runtime' }, text);
    last.push(text);
    if (last.length > RUNTIME_STDERR_LINES_MAX) last.shift();
  };
  const lines = new LineReader(RUNTIME_STDERR_LINE_BYTES_MAX, {
    line: (line) => keep(line.toString('utf8')),
    tooLong: (bytes) => keep(`(a line of ${bytes} bytes)`),
  });
  child.stderr.on('data', (chunk: Buffer) => lines.push(chunk));
  child.stderr.on('end', () => {
    const rest = lines.end();
    if (rest.length > 0) keep(rest.toString('utf8'));
  });
  return last;
}

function describeExit(
  runtime: ChildCommand,
  exit: { code: number | null; signal: NodeJS.Signals | null; startError: string | null },
): RuntimeExit['summary'] {
  if (exit.startError !== null) return `${runtime.label} could not be started: ${exit.startError}`;
  return exit.signal === null
    ? `${runtime.label} exited with code ${exit.code ?? 'unknown'}`
    : `${runtime.label} was ended by ${exit.signal}`;
}
