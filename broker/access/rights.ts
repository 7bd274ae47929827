import { errorBody, errors } from '../../protocol/errors.js';
import type { ErrorBody } from '../../protocol/errors.js';
import { families, familyOf } from '../../protocol/families.js';
import type { Family, FamilyName } from '../../protocol/families.js';
import { isObject } from '../../protocol/messages.js';
import { clientMethod, clientMethods } from '../../protocol/methods.js';
import type { Role } from '../../protocol/methods.js';

const RANK: Readonly<Record<Role, number>> = { observer: 0, controller: 1, owner: 2 };

/** Who asks. */
export interface Asker {
  readonly role: Role;
  readonly remote: boolean;
}

/** What each role may call, and what nobody from afar may: by the method table and the families alone. */
export class Rights {
  readonly #allowed: ReadonlySet<FamilyName>;
  readonly #denied: ReadonlySet<FamilyName>;
  /** The methods there are that no remote client may call, each with its family: looked up once a request. */
  readonly #closed: ReadonlyMap<string, FamilyName>;

  /** The families that remote clients may call, and those of which they may call nothing, which counts more. */
  constructor(allowed: readonly FamilyName[] = [], denied: readonly FamilyName[] = []) {
    this.#allowed = new Set(allowed);
    this.#denied = new Set(denied);
    this.#closed = new Map(
      [...clientMethods.keys()].flatMap((method) => {
        const family = this.#closedFamily(method);
        return family === null ? [] : [[method, family]];
      }),
    );
  }

  /** Why this request is refused; null where it is not. */
  refusal({ role, remote }: Asker, method: string, params: unknown): ErrorBody | null {
    const row = clientMethod(method);
    if (RANK[role] < RANK[row.role])
      return errorBody(
        errors.forbidden,
        `${method} is not for ${plural(role)}: it takes ${article(row.role)}`,
      );
    if (role === 'observer' && row.observerParams !== null && isObject(params)) {
      const { observerParams } = row;
      const changes = Object.keys(params).find(
        (name) => isSet(params[name]) && !observerParams.includes(name),
      );
      if (changes !== undefined)
        return errorBody(
          errors.forbidden,
          `${method} with ${changes} is not for observers: it takes a controller`,
        );
    }
    if (!remote) return null;
    const family = clientMethods.has(method) ? this.#closed.get(method) : this.#closedFamily(method);
    if (family === undefined || family === null) return null;
    const how = this.#denied.has(family) ? '' : `; threadcast --remote-allow ${family} would open it`;
    const message = `${method} is closed to remote clients${how}`;
    return errorBody(errors.forbidden, message);
  }

  /** The family for which a method is closed; null where it is open. */
  #closedFamily(method: string): FamilyName | null {
    const name = familyOf(method);
    if (name === null) return null;
    const family: Family = families[name];
    const isOpen = !this.#denied.has(name) && (this.#allowed.has(name) || family.open.includes(method));
    return isOpen ? null : name;
  }
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function plural(role: Role): string {
  return `${role}s`;
}

function article(role: Role): string {
  return role === 'owner' ? 'the owner' : `a ${role}`;
}
