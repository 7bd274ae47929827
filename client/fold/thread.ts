import { serverNotification } from '../../protocol/notifications.js';
import { list, number, object, objects, text, told, withNewest } from '../json.js';
import type { Json } from '../json.js';
import { ATTACHMENTS_MAX, MESSAGES_MAX, NOTICES_MAX, ORIGINS_MAX } from '../limits.js';
import type { Thread, TokenUsage } from '../runtime-types.js';
import type { ThreadState, TurnOrigin } from '../types.js';
import { noticeOf } from './notices.js';
import { RequestsFold } from './requests.js';
import { TurnsFold } from './turns.js';

type Attachment = ThreadState['attachments'][number];
type Message = ThreadState['messages'][number];
/** What the fold knows of a thread's state: all but where it stands. */
export type Folded = Pick<
  ThreadState,
  'thread' | 'turns' | 'requests' | 'tokenUsage' | 'attachments' | 'messages' | 'notices'
>;

/** What the events of a thread add up to. */
export class ThreadFold {
  readonly turns = new TurnsFold();
  readonly requests = new RequestsFold();
  #thread: Thread | null = null;
  #tokenUsage: TokenUsage | null = null;
  #notices: ThreadState['notices'] = [];
  readonly #attachments = new Map<string, Attachment>();
  #attachmentList: readonly Attachment[] = [];
  #messages: readonly Message[] = [];
  readonly #origins = new Map<string, TurnOrigin>();

  get state(): Folded {
    return {
      thread: this.#thread,
      turns: this.turns.state,
      requests: this.requests.state,
      tokenUsage: this.#tokenUsage,
      attachments: this.#attachmentList,
      messages: this.#messages,
      notices: this.#notices,
    };
  }

  /**
   * A snapshot, shaped like the result of `thread/resume`, takes the place of what was. Returns whether older turns that
   * were held join up with it, and stay.
   */
  replace(threadId: string, snapshot: Json): boolean {
    const { turns: _, ...thread } = object(snapshot, 'thread');
    this.#thread = threadOf(threadId, { model: snapshot['model'], cwd: snapshot['cwd'], ...thread });
    // What became of them meanwhile is not in it.
    this.#attachments.clear();
    this.#attachmentList = [];
    this.#tokenUsage = null;
    const joinsUp = this.turns.replace(objects(object(snapshot, 'thread'), 'turns'));
    for (const latest of objects(object(snapshot, 'threadcast'), 'latest')) {
      this.apply(text(latest, 'method') ?? '', object(latest, 'params'));
    }
    return joinsUp;
  }

  /** One event of the thread, or about it. */
  apply(method: string, params: Json): void {
    const { fold } = serverNotification(method);
    const turn = object(params, 'turn');
    if (typeof fold === 'object') this.turns.get(params)?.grow(fold, params);
    else if (fold === 'turnStarted') this.#begin(turn);
    else if (fold === 'turnCompleted') this.turns.byId(text(turn, 'id') ?? '')?.tell(turn);
    else if (fold === 'itemStarted') this.#item(params, 'startedAtMs', true);
    else if (fold === 'itemCompleted') this.#item(params, 'completedAtMs', false);
    else this.#rest(method, params);
  }

  #begin(turn: Json): void {
    const id = text(turn, 'id');
    if (id === null) return;
    const begun = this.turns.begin(id, turn);
    const origin = this.#origins.get(id);
    if (origin !== undefined) begun.origin(origin);
    this.#origins.delete(id);
  }

  /** When it began or ended stands beside it while it is news, and in it when it is listed. */
  #item(params: Json, time: 'startedAtMs' | 'completedAtMs', inProgress: boolean): void {
    const item = object(params, 'item');
    const at = number(params, time);
    this.turns.get(params)?.item(at === null || time in item ? item : { ...item, [time]: at }, inProgress);
  }

  #rest(method: string, params: Json): void {
    const turn = this.turns.get(params);
    switch (method) {
      case 'turn/plan/updated':
        turn?.plan(params);
        return;
      case 'turn/diff/updated':
        turn?.diff(text(params, 'diff') ?? '');
        return;
      case 'thread/tokenUsage/updated':
        if (typeof params['tokenUsage'] === 'object')
          this.#tokenUsage = told<TokenUsage | null>(params['tokenUsage']);
        return;
      case 'thread/status/changed':
        this.#set(statusOf(object(params, 'status')));
        return;
      case 'thread/name/updated':
        this.#set({ name: text(params, 'threadName') });
        return;
      case 'thread/settings/updated':
        this.#settings(object(params, 'threadSettings'));
        return;
      case 'broker/turn/origin':
        this.#origin(params);
        return;
      case 'broker/attachment/changed':
        this.#attachment(told<Attachment>(object(params, 'attachment')));
        return;
      case 'broker/attachment/message':
        this.#messages = withNewest(this.#messages, told<Message>(params['message']), MESSAGES_MAX);
        return;
      default:
        this.#notice(method, params);
    }
  }

  #set(changes: Partial<Thread>): void {
    if (this.#thread !== null) this.#thread = { ...this.#thread, ...changes };
  }

  #settings(settings: Json): void {
    const [cwd, model] = [text(settings, 'cwd'), text(settings, 'model')];
    this.#set({ ...(cwd !== null && { cwd }), ...(model !== null && { model }) });
  }

  /** It may be known before the turn has begun. */
  #origin(params: Json): void {
    const clientName = text(params, 'clientName');
    const id = text(params, 'turnId');
    if (clientName === null || id === null) return;
    const origin = { connectionId: text(params, 'connectionId'), clientName };
    const turn = this.turns.byId(id);
    if (turn !== undefined) turn.origin(origin);
    else {
      this.#origins.set(id, origin);
      const [oldest] = this.#origins.keys();
      if (this.#origins.size > ORIGINS_MAX && oldest !== undefined) this.#origins.delete(oldest);
    }
  }

  #attachment(attachment: Attachment): void {
    if (typeof attachment.attachmentId !== 'string') return;
    this.#attachments.set(attachment.attachmentId, attachment);
    const [oldest] = this.#attachments.keys();
    if (this.#attachments.size > ATTACHMENTS_MAX && oldest !== undefined) this.#attachments.delete(oldest);
    this.#attachmentList = [...this.#attachments.values()];
  }

  #notice(method: string, params: Json): void {
    const notice = noticeOf(method, params);
    if (notice === null) return;
    const turn = this.turns.get(params);
    if (turn !== undefined) turn.notice(notice);
    else this.#notices = withNewest(this.#notices, notice, NOTICES_MAX);
  }
}

/** The status of a thread as it was told; nothing where it is none. */
export function statusOf(status: Json): Partial<Pick<Thread, 'status'>> {
  const type = text(status, 'type');
  if (type === null) return {};
  const flags = type === 'active' && { activeFlags: list(status, 'activeFlags').map(String) };
  return { status: told<Thread['status']>({ ...status, ...flags }) };
}

/** A thread as it was told; what was not told of it is empty. */
export function threadOf(id: string, known: Json): Thread {
  return {
    ...known,
    id,
    name: text(known, 'name'),
    preview: text(known, 'preview') ?? '',
    cwd: text(known, 'cwd') ?? '',
    status: statusOf(object(known, 'status')).status ?? { type: 'notLoaded' },
    createdAt: number(known, 'createdAt') ?? 0,
    updatedAt: number(known, 'updatedAt') ?? 0,
  };
}
