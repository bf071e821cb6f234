/** Every rank runs a program that never ends and is connected to the port it is given. */
import { external } from 'flotilla/conduit';

const CONNECT = `require('node:net').connect(${process.env.PORT!})`;
// The one that is connected is a child of the program that we start.
const model = external<object>(() => ['/bin/sh', '-c', '"$0" -e "$1" & wait', process.execPath, CONNECT]);
process.once('SIGUSR2', () => {
  throw new Error('uncaught');
});
await model({}, undefined, { signal: new AbortController().signal });
