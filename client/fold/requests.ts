import { idOf, object, text } from '../json.js';
import type { Json } from '../json.js';
import { OPEN_MAX, RESOLVED_MAX } from '../limits.js';
import type { RequestState } from '../types.js';

type Id = RequestState['requestId'];
type End = Pick<RequestState, 'by' | 'outcome'>;

const OPEN: End = { by: null, outcome: null };

/** The requests of one thread, in the order in which they were opened. */
export class RequestsFold {
  readonly #requests = new Map<Id, RequestState>();
  #state: readonly RequestState[] | null = null;

  get state(): readonly RequestState[] {
    this.#state ??= [...this.#requests.values()];
    return this.#state;
  }

  get(id: Id): RequestState | undefined {
    return this.#requests.get(id);
  }

  /** It waits for somebody: for an answer of this client, or (`watching`) of others. */
  opened(id: Id, method: string, params: Json, status: 'open' | 'watching'): void {
    const known = this.#requests.get(id);
    // What a state without a past does not name may be told to be open behind it.
    const isSupposed = known?.status === 'resolved' && known.outcome === null;
    if (known !== undefined && known.status !== 'watching' && !isSupposed) return;
    this.#set({ requestId: id, method, params, status, ...OPEN });
    let open = 0;
    for (const one of this.#requests.values()) if (one.status !== 'resolved') open += 1;
    if (open > OPEN_MAX) this.#forgetFirst((one) => one.status !== 'resolved');
  }

  /** This client's answer is on its way; or not any more. */
  answering(id: Id, isAnswering: boolean): void {
    const known = this.#requests.get(id);
    if (known === undefined || known.status === 'resolved') return;
    this.#set({ ...known, status: isAnswering ? 'answering' : 'open' });
  }

  resolved(id: Id, end: End): void {
    const known = this.#requests.get(id);
    if (known === undefined) return;
    this.#set({ ...known, status: 'resolved', ...end });
    let resolved = 0;
    for (const one of this.#requests.values()) if (one.status === 'resolved') resolved += 1;
    if (resolved > RESOLVED_MAX) this.#forgetFirst((one) => one.status === 'resolved');
  }

  /** A state without a past: what is open, but is not among these, is so no more. */
  onlyOpen(ids: ReadonlySet<Id>): void {
    for (const { requestId, status } of this.#requests.values()) {
      if (status !== 'resolved' && !ids.has(requestId)) this.resolved(requestId, OPEN);
    }
  }

  #set(request: RequestState): void {
    this.#requests.set(request.requestId, request);
    this.#state = null;
  }

  #forgetFirst(is: (one: RequestState) => boolean): void {
    for (const one of this.#requests.values()) {
      if (!is(one)) continue;
      this.#requests.delete(one.requestId);
      return;
    }
  }
}

/** Who ended a request, and how, in the words of the broker. */
export function endOf(params: Json): End {
  const by = object(params, 'by');
  const [connectionId, clientName] = [text(by, 'connectionId'), text(by, 'clientName')];
  const outcome = text(params, 'outcome');
  return {
    by: connectionId === null ? null : { connectionId, clientName: clientName ?? '' },
    outcome: outcome === 'answered' || outcome === 'refused' || outcome === 'cancelled' ? outcome : null,
  };
}

/** The id that a notification about a request names; null where it names none. */
export const requestIdOf = (params: Json): Id | null => idOf(params['requestId']);
