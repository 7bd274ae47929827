/**
 * Families of methods that reach past threads, and which of them remote clients may call: all clients but those on
 * stdio and on a unix socket. A name that ends with `/` stands for all that begins with it, also for what a later
 * runtime brings.
 */
export interface Family {
  readonly methods: readonly string[];
  /** Those of them that remote clients may call where the owner has said nothing. */
  readonly open: readonly string[];
  /** Why the others are closed. */
  readonly why: string;
}

/**
 * What runs a program, touches a file or gives access past the sandbox and the approvals of the runtime is closed. What
 * the Codex TUI and other clients read when they start is open. (A controller can still have a turn run what it likes:
 * who must not gets the role of an observer.)
 */
export const families = {
  fs: { methods: ['fs/'], open: [], why: 'reads and writes any file of the user' },
  command: { methods: ['command/'], open: [], why: 'runs programs outside of any thread' },
  process: { methods: ['process/'], open: [], why: 'runs programs without a sandbox' },
  shell: { methods: ['thread/shellCommand'], open: [], why: 'runs shell commands without a sandbox' },
  config: {
    methods: [
      'config/',
      'configRequirements/',
      'externalAgentConfig/',
      'modelProvider/config/',
      'skills/config/',
      'experimentalFeature/enablement/',
    ],
    open: ['config/read', 'configRequirements/read'],
    why: 'names programs that the runtime starts, and servers that prompts are sent to',
  },
  account: {
    methods: ['account/', 'accountSession/', 'getAuthStatus', 'userVerification/'],
    open: ['account/read', 'account/rateLimits/read', 'account/usage/read', 'account/workspaceMessages/read'],
    why: 'tells and changes what the user is logged in with',
  },
  extensions: {
    methods: [
      'environment/',
      'feedback/',
      'marketplace/',
      'mcpServer/',
      'plugin/',
      'skills/extraRoots/',
      'windowsSandbox/setupStart',
    ],
    open: [
      'environment/info',
      'environment/status',
      'plugin/installed',
      'plugin/list',
      'plugin/read',
      'plugin/search',
      'plugin/share/list',
      'plugin/skill/read',
    ],
    why: 'installs or runs what others have written, and sends files to them',
  },
  remoteControl: {
    methods: ['remoteControl/'],
    open: ['remoteControl/status/read'],
    why: 'gives access of its own, which stays when a device is revoked',
  },
} as const satisfies Record<string, Family>;
export type FamilyName = keyof typeof families;
export const familyNames = [
  'fs',
  'command',
  'process',
  'shell',
  'config',
  'account',
  'extensions',
  'remoteControl',
] as const satisfies readonly FamilyName[];

/** The family of a method; null where it has none. */
export function familyOf(method: string): FamilyName | null {
  const has = (name: string): boolean => (name.endsWith('/') ? method.startsWith(name) : method === name);
  return familyNames.find((family) => families[family].methods.some(has)) ?? null;
}
