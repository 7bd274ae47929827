import type { Step } from './step.js';

/** A command that asks for approval, with live output. */
export const command: readonly Step[] = [
  {
    kind: 'say',
    text: 'I would like to run the whole test suite. Your approval is asked on every screen; the first answer counts.',
  },
  {
    kind: 'run',
    script: 'npm run build && npm test',
    reason: 'Build the project and run all tests?',
    output: [
      '> shop@2.4.0 build\n> tsc -p tsconfig.build.json\n\n',
      '> shop@2.4.0 test\n> tap\n\n',
      ' PASS  test/cart/line.test.ts 4 OK 310ms\n',
      ' PASS  test/cart/total.test.ts 1 OK 287ms\n',
      ' PASS  test/orders/place.test.ts 12 OK 1.4s\n',
      ' PASS  test/orders/refund.test.ts 7 OK 866ms\n',
      ' PASS  test/stock/reserve.test.ts 9 OK 930ms\n',
      '# { total: 33, pass: 33 }\n# time=4.2s\n',
    ],
    declined: [{ kind: 'say', text: 'Declined: I have run nothing. Tell me what you would rather see.' }],
  },
  { kind: 'say', text: 'All **33 tests** pass.' },
];
