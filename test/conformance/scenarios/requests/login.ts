import type { Config } from '../../../codex/server.js';
import type { Json } from '../../../codex/json.js';

/** For a scenario in which somebody logs in: nothing is there to be asked for apps, or for anything else. */
export const NO_APPS: Config = {
  settings: { chatgpt_base_url: 'http://127.0.0.1:9/' },
  tables: ['apps = false'],
};

/** What a client logs in with: a token that nobody has signed. */
export function login(subject: string): { readonly [name: string]: Json } {
  const claims = {
    sub: subject,
    email: 'user@example.com',
    exp: 4_102_444_800,
    'https://api.openai.com/auth': {
      chatgpt_account_id: 'account-1',
      chatgpt_user_id: 'user-1',
      chatgpt_plan_type: 'pro',
    },
  };
  const accessToken = [{ alg: 'none', typ: 'JWT' }, claims, 'signature'].map(encoded).join('.');
  return { accessToken, chatgptAccountId: 'account-1', chatgptPlanType: 'pro' };
}

function encoded(part: Json): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
