import type { Step } from './step.js';

export const help: readonly Step[] = [
  {
    kind: 'say',
    text: `I am the **demo runtime**: I speak the same protocol as a real agent, but nothing is run and no file is touched. Use any of these words:

| you type | you see |
|---|---|
| \`run\`, \`approve\`, \`test\` | a command that asks for approval, with live output |
| \`edit\`, \`diff\`, \`fix\` | a change of files with its diff, to accept or decline |
| \`ask\`, \`question\` | a question to you |
| \`plan\`, \`todo\` | a plan that is ticked off |
| \`agent\`, \`agents\` | two sub-agents at work side by side, one of them with an approval |
| \`think\` | reasoning with its summary |
| \`fail\`, \`error\` | trouble, and a turn that fails |
| \`long 500\` | 500 pieces of streamed text |
| anything else | a tour of all of it |

Try to answer an approval on *another* screen than the one you typed on.`,
  },
];
