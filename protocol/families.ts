/**
 * Families of methods that may be kept from remote clients (all but those on stdio and on a unix socket). A name that
 * ends with `/` stands for all that begins with it, also for what a later runtime brings.
 */
export interface Family {
  readonly methods: readonly string[];
  /** Whether remote clients may call them where the owner has said nothing. */
  readonly remote: boolean;
  /** Why. */
  readonly why: string;
}

/**
 * What runs a program or touches a file past the sandbox and the approvals of the runtime is refused: whoever has a
 * device of yours should not have your machine. The Codex TUI and the mirror read configuration and account to start.
 */
export const families = {
  fs: {
    methods: ['fs/'],
    remote: false,
    why: 'reads and writes any file of the user, without sandbox or approval',
  },
  command: { methods: ['command/'], remote: false, why: 'runs a program outside of any thread' },
  process: {
    methods: ['process/'],
    remote: false,
    why: 'runs a program without sandbox',
  },
  shell: {
    methods: ['thread/shellCommand'],
    remote: false,
    why: 'runs a shell command without sandbox or approval',
  },
  config: {
    methods: [
      'config/',
      'configRequirements/',
      'externalAgentConfig/',
      'modelProvider/config/',
      'skills/config/',
      'experimentalFeature/enablement/',
    ],
    remote: true,
    why: 'clients read it when they start',
  },
  account: {
    methods: ['account/', 'accountSession/', 'getAuthStatus', 'userVerification/'],
    remote: true,
    why: 'clients read it when they start',
  },
} as const satisfies Record<string, Family>;
export type FamilyName = keyof typeof families;
export const familyNames: readonly FamilyName[] = Object.keys(families) as FamilyName[];

/** The family of a method; null where it has none. */
export function familyOf(method: string): FamilyName | null {
  const has = (name: string): boolean => (name.endsWith('/') ? method.startsWith(name) : method === name);
  return familyNames.find((family) => families[family].methods.some(has)) ?? null;
}
