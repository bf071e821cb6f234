let item: number | undefined;
let listening = false;

/** Notes the item under way, so that an error nobody catches is reported with it. */
export function noteItem(index: number | undefined): void {
  item = index;
  if (listening) return;
  listening = true;
  process.on('uncaughtExceptionMonitor', () => {
    if (item !== undefined)
      process.stderr.write(`flotilla: the error below came from item ${item} of the loop\n`);
  });
}
