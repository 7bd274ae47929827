import { errorBody, errors } from '../../protocol/errors.js';
import type { ErrorBody } from '../../protocol/errors.js';
import { families, familyNames, familyOf } from '../../protocol/families.js';
import type { FamilyName } from '../../protocol/families.js';
import { isObject } from '../../protocol/messages.js';
import { clientMethod } from '../../protocol/methods.js';
import type { Role } from '../../protocol/methods.js';

const RANK: Readonly<Record<Role, number>> = { observer: 0, controller: 1, owner: 2 };

/** The families that remote clients may call where the owner has said nothing. */
export const REMOTE_BY_DEFAULT: readonly FamilyName[] = familyNames.filter((name) => families[name].remote);

/** Who asks. */
export interface Asker {
  readonly role: Role;
  readonly remote: boolean;
}

/** What each role may call, and what nobody from afar may: by the method table and the families alone. */
export class Rights {
  readonly #remote: ReadonlySet<FamilyName>;

  /** `remote`: the families that remote clients may call. */
  constructor(remote: readonly FamilyName[] = REMOTE_BY_DEFAULT) {
    this.#remote = new Set(remote);
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
    const family = remote ? familyOf(method) : null;
    if (family === null || this.#remote.has(family)) return null;
    const message = `${method} is kept from remote clients; threadcast --remote-allow ${family} would allow it`;
    return errorBody(errors.forbidden, message);
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
