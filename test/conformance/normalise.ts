import { canonical, isList, isObject, member, type Json, type JsonObject } from '../codex/json.js';
import type { Entry, Transcripts } from './transcript.js';

/** An entry without what differs from run to run, and with what it is about. */
export interface Message {
  readonly direction: Entry['direction'];
  /** `METHOD` of a notification or request, `answer to METHOD`, or of what else its members are. */
  readonly subject: string;
  /** The name of the thread that it is about; empty when it is about none. */
  readonly thread: string;
  readonly body: Json;
  /** `body` with its members in one order: equal for equal messages. */
  readonly text: string;
  /** Its place in the transcript, from 0. */
  readonly index: number;
}

export type Normalised = Readonly<Record<string, readonly Message[]>>;

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
/** Members whose number is a point in time or a duration. Null stays null: that it is not known yet is a fact. */
const TIME_MEMBER = /(^|[a-z])(At|AtMs|durationMs|timeUsedSeconds)$|^create_time$/;
/** What a goal has used is counted by a task of its own, before or after others look at it. */
const COUNTED_MEMBER = 'tokensUsed';
/** A sub-agent's name is drawn from a list of famous people. */
const NICKNAME_MEMBER = /^agent_?nickname$/i;
/** Characters that depend on the day, the folder or the port of the run. */
const RUN_DEPENDENT: readonly (readonly [RegExp, string])[] = [
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, 'TIME'],
  [/sessions\/\d{4}\/\d\d\/\d\d\//g, 'sessions/DAY/'],
  [/rollout-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d/g, 'rollout-TIME'],
  [/\b1[6-9]\d{11}\b/g, 'MS'],
  [/--session-id \d+/g, '--session-id PROCESS'],
  [/\b(code_challenge|state)=[\w-]+/g, '$1=RANDOM'],
  [/127\.0\.0\.1%3A\d+/g, '127.0.0.1%3APORT'],
  [/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT'],
];

/**
 * Gives every id a name by its kind and the order in which it first appears (`thread-1`, `thread-1/turn-2`),
 * the same for all clients of the run. Names count within a thread, so that threads that run at the same time
 * do not shift each other's. `root` is the run's folder.
 */
export function normalise(transcripts: Transcripts, root: string): Normalised {
  const clients = Object.entries(transcripts).toSorted(([a], [b]) => a.localeCompare(b));
  const names = new Names(root);
  for (const id of threadIds(clients.flatMap(([, entries]) => entries))) names.thread(id);
  return Object.fromEntries(clients.map(([client, entries]) => [client, normaliseClient(entries, names)]));
}

/** In the order in which the threads were made, which the ids (UUID version 7) tell. */
function threadIds(entries: readonly Entry[]): readonly string[] {
  const ids = entries.flatMap(({ body }) => (isObject(body) ? [threadIdOf(body) ?? ''] : []));
  return ids.filter((id) => id !== '').toSorted();
}

function normaliseClient(entries: readonly Entry[], names: Names): readonly Message[] {
  const requests = new Map<string, JsonObject>();
  return entries.map(({ direction, body }, index) => {
    if (!isObject(body))
      return { direction, subject: 'no object', thread: '', body, text: canonical(body), index };
    const answered = requests.get(requestKey(direction, body));
    if ('method' in body && 'id' in body) requests.set(requestKey(direction, body), body);
    const thread = names.thread(threadIdOf(body) ?? threadIdOf(answered ?? {}));
    const clean = names.clean(body, isServerRequest(direction, body), thread);
    return {
      direction,
      subject: subjectOf(body, answered),
      thread,
      body: clean,
      text: canonical(clean),
      index,
    };
  });
}

/** The same for a request and its answer, which goes the other way. */
function requestKey(direction: Entry['direction'], body: JsonObject): string {
  return `${isServerRequest(direction, body) ? 'server' : 'client'} ${JSON.stringify(body['id'])}`;
}

function isServerRequest(direction: Entry['direction'], body: JsonObject): boolean {
  return 'id' in body && 'method' in body === (direction === 'received');
}

function subjectOf(body: JsonObject, answered: JsonObject | undefined): string {
  const [method, question] = [member(body, 'method'), member(answered, 'method')];
  if (typeof method === 'string') return method;
  if (typeof question === 'string') return `answer to ${question}`;
  return Object.keys(body).join(' and ');
}

function threadIdOf(body: JsonObject): string | null {
  const found =
    member(body, 'params', 'threadId') ??
    member(body, 'params', 'thread', 'id') ??
    member(body, 'result', 'thread', 'id');
  return typeof found === 'string' ? found : null;
}

/** The names of one run. */
class Names {
  readonly #root: string;
  readonly #names = new Map<string, string>();
  readonly #counts = new Map<string, number>();

  constructor(root: string) {
    this.#root = root;
  }

  thread(id: string | null): string {
    return id === null ? '' : this.#text(id, 'thread', '');
  }

  clean(body: JsonObject, serverRequest: boolean, thread: string): Json {
    const clean = Object.entries(body).map(([name, value]) => [name, this.#value(value, [name], thread)]);
    const named: JsonObject = Object.fromEntries(clean);
    return serverRequest ? { ...named, id: this.#request(body['id'] ?? null, thread) } : named;
  }

  #value(value: Json, path: readonly string[], thread: string): Json {
    const last = path.at(-1) ?? '';
    if (last === 'requestId') return this.#request(value, thread);
    if (typeof value === 'string' && NICKNAME_MEMBER.test(last)) return 'NICKNAME';
    if (typeof value === 'number' && TIME_MEMBER.test(last)) return 'TIME';
    if (typeof value === 'number') return last === COUNTED_MEMBER ? 'COUNT' : value;
    if (typeof value === 'string') return this.#text(value, kindOf(path), last === 'threadId' ? '' : thread);
    if (isList(value)) return value.map((each) => this.#value(each, path, thread));
    if (!isObject(value)) return value;
    // Sorted: the order of members must not decide which name an id gets.
    const members = Object.keys(value).toSorted();
    return Object.fromEntries(
      members.map((name) => {
        const clean = this.#text(name, last, thread);
        return [clean, this.#value(value[name] ?? null, clean === name ? [...path, name] : path, thread)];
      }),
    );
  }

  #text(value: string, kind: string, thread: string): string {
    if (kind === 'process' && /^\d+$/.test(value)) return this.#name(value, kind, thread);
    let clean = value.replaceAll(this.#root, 'ROOT');
    for (const [pattern, replacement] of RUN_DEPENDENT) clean = clean.replace(pattern, replacement);
    return clean.replace(UUID, (id) => this.#name(id, kind, kind === 'thread' ? '' : thread));
  }

  /** The type of a request's id is part of its name: a client may compare it strictly. */
  #request(id: Json, thread: string): string {
    const name = this.#name(`request ${JSON.stringify(id)}`, 'request', thread);
    return typeof id === 'number' ? name : `${name} (${typeof id})`;
  }

  #name(id: string, kind: string, thread: string): string {
    const known = this.#names.get(id);
    if (known !== undefined) return known;
    const prefix = thread === '' ? kind : `${thread}/${kind}`;
    const count = (this.#counts.get(prefix) ?? 0) + 1;
    this.#counts.set(prefix, count);
    this.#names.set(id, `${prefix}-${count}`);
    return `${prefix}-${count}`;
  }
}

/** `turn` for `turnId` and for the `id` of a `turn`. */
function kindOf(path: readonly string[]): string {
  const [holder = '', last = ''] = path.slice(-2);
  return last === 'id' ? holder : last.replace(/Ids?$/, '');
}
