// The floors of the house (CONTRIBUTING.md): which room may import which. `npm run lint`
// runs scripts/check-floors.js, which reads this file.

/** Rooms from the bottom up. A room may import those before it, or those alone that it names. */
export const FLOORS = {
  internal: [],
  codec: ['internal'],
  fabric: ['internal', 'codec'],
  comm: ['internal', 'codec', 'fabric'],
  runtime: ['internal', 'codec', 'fabric', 'comm'],
  loop: ['internal', 'codec', 'fabric', 'comm', 'runtime'],
  pool: ['internal', 'codec', 'fabric', 'comm', 'runtime', 'loop'],
  kernel: ['internal'],
  grid: ['internal', 'comm', 'runtime', 'kernel'],
  linalg: ['internal', 'comm', 'runtime', 'pool'],
  conduit: ['internal', 'comm', 'runtime', 'loop', 'pool'],
  experiment: ['internal', 'comm', 'runtime', 'loop', 'pool', 'conduit'],
  cluster: ['internal', 'comm', 'runtime'],
  report: ['internal', 'comm', 'runtime', 'loop', 'pool', 'conduit', 'experiment', 'cluster'],
};

/** Rooms where no violation is excused, and which others enter through these files only. */
export const NEW_ROOMS = {
  internal: ['index', 'native-build'],
  kernel: ['index'],
  grid: ['index'],
  linalg: ['index'],
  cluster: ['index', 'scripts'],
};

/** The files of a room. The runtime still lies beside the rooms. */
const of = (room) => (room === 'runtime' ? '^src/(runtime/.+|[^/]+)[.]ts$' : `^src/${room}/`);
const anyOf = (rooms) => rooms.map(of).join('|');
const INDEX = '^src/index[.]ts$';

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-cycle',
      comment:
        'A cycle cannot be read from the bottom up. Cut it with an interface, or move what both need down.',
      severity: 'error',
      from: { path: '^src/' },
      to: { circular: true },
    },
    ...Object.entries(FLOORS).map(([room, below]) => ({
      name: `${room}-imports-downward`,
      comment: `${room}/ may import ${below.length === 0 ? 'no other room' : below.join(', ')}`,
      severity: 'error',
      from: { path: of(room), pathNot: INDEX },
      to: { path: '^src/', pathNot: anyOf([room, ...below]) },
    })),
    ...Object.entries(NEW_ROOMS).flatMap(([room, entries]) => [
      {
        name: `${room}-through-its-entry`,
        comment: `other rooms import ${entries.map((entry) => `${room}/${entry}.ts`).join(' or ')} only`,
        severity: 'error',
        from: { path: '^src/', pathNot: of(room) },
        to: { path: of(room), pathNot: `^src/${room}/(${entries.join('|')})[.]ts$` },
      },
      {
        name: `${room}-through-others-index`,
        comment: `${room}/ imports other rooms through their index.ts`,
        severity: 'error',
        from: { path: of(room) },
        to: {
          path: '^src/[^/]+/',
          pathNot: `${of(room)}|^src/[^/]+/index[.]ts$|^src/internal/`,
        },
      },
    ]),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true, // imports of types count
    includeOnly: '^src/',
  },
};
