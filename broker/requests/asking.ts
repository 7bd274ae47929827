import { errors } from '../../protocol/errors.js';
import { ASKED_MS_MAX } from '../../protocol/limits.js';
import { encodeStock } from '../../protocol/codec.js';
import type { Clock } from '../clock.js';
import { parseObject } from '../framing/json-bytes.js';
import type { InFlight } from './in-flight.js';
import { errorIn, Refusal } from './refusal.js';

/** Asks the runtime something that changes nothing. Rejects with a `Refusal`, also where it does not answer. */
export type Ask = (method: string, params: object) => Promise<unknown>;

/** A runtime that never answers holds nobody up for longer than `ASKED_MS_MAX`. */
export function asking(inFlight: InFlight, clock: Clock): Ask {
  return (method, params) =>
    new Promise((resolve, reject) => {
      let callOff: (() => void) | null = null;
      const id = inFlight.send((upstreamId) => encodeStock({ id: upstreamId, method, params }), {
        answered(line, envelope) {
          callOff?.();
          if (envelope.error === null) resolve(parseObject(line)?.['result'] ?? null);
          else reject(new Refusal(errorIn(line)));
        },
        failed(error) {
          callOff?.();
          reject(new Refusal(error));
        },
      });
      if (id === null) return;
      callOff = clock.after(ASKED_MS_MAX, () => {
        inFlight.abandon(id);
        reject(Refusal.of(errors.unanswered, `The runtime does not answer ${method}`));
      });
    });
}
