/** The scripted runtime, but it does not end with its stdin, nor on SIGTERM. */
process.on('SIGTERM', () => {});
const exit = process.exit.bind(process);
process.exit = (code) => (code === 0 ? undefined : exit(code));
setInterval(() => {}, 60_000);
await import('./scripted.mjs');
