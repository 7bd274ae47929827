import { serverNotification } from '../../protocol/notifications.js';
import { serverRequest } from '../../protocol/server-requests.js';
import type { Wire } from '../../protocol/wires.js';
import type { Asked } from './history.js';
import type { Json } from './message.js';

/** What a client declares, as a story draws it. */
export interface Declared {
  readonly experimentalApi: boolean;
  readonly requiredHumanApproval: boolean;
  readonly observer: boolean;
  readonly optOut: readonly string[];
}

/** What a client declares, and what follows from it. */
export class Capabilities {
  readonly declared: Declared;
  readonly #wire: Wire;

  constructor(declared: Declared, wire: Wire) {
    this.declared = declared;
    this.#wire = wire;
  }

  wants(method: string): boolean {
    const { experimentalApi, optOut } = this.declared;
    if (method.startsWith('broker/') && this.#wire === 'stock') return false;
    return (experimentalApi || !serverNotification(method).experimental) && !optOut.includes(method);
  }

  mayBeAsked({ message }: Asked): boolean {
    const { observer, requiredHumanApproval, experimentalApi } = this.declared;
    const isExperimental = serverRequest(message.method ?? '').experimental;
    return (
      !observer &&
      (experimentalApi || !isExperimental) &&
      (requiredHumanApproval || message.params?.['kind'] !== 'humanCommand')
    );
  }

  /** As they are sent. `threadcast` is what the client says to the broker, not to the runtime. */
  sent(threadcast: Json): Json {
    const { experimentalApi, requiredHumanApproval, observer, optOut } = this.declared;
    const role = observer ? { role: 'observer' } : {};
    return {
      experimentalApi,
      requiredHumanApproval,
      optOutNotificationMethods: optOut,
      extensions: { threadcast: { ...role, ...threadcast } },
    };
  }
}
