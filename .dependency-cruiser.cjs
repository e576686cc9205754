// Who may import whom. `comment` is the sentence a reader sees when a rule fires; each rule has a tree under
// test/boundaries/fixtures/ that breaks it on purpose.
const OURS = '^src-(main|renderer)/'

/** A folder that may import, of our own code, only some folders (itself included). */
function only(folder, allowed, comment) {
  const name = folder.replace('src-main/', '').replace('src-renderer', 'renderer').replace(/\//g, '-')
  return {
    name: `${name}-arrows`,
    comment,
    severity: 'error',
    from: { path: `^${folder}/` },
    to: { path: OURS, pathNot: allowed.map((path) => (path.endsWith('$') ? `^${path}` : `^${path}/`)) },
  }
}

/** A package that one folder alone may import. */
function reserved(name, packages, folder, comment) {
  return {
    name,
    comment,
    severity: 'error',
    from: { path: OURS, pathNot: `^${folder}/` },
    to: { path: `(^|node_modules/)(${packages.join('|')})(/|$)` },
  }
}

const main = (...names) => names.map((name) => `src-main/${name}`)

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Modules that import each other in a circle cannot be understood, tested or moved one at a time.',
      severity: 'error',
      from: { path: OURS },
      to: { circular: true },
    },
    {
      name: 'domain-imports-nothing',
      comment:
        'domain/ is plain TypeScript, values in, values out: it imports nothing outside itself, no library, no node:.',
      severity: 'error',
      from: { path: '^src-main/domain/' },
      to: { pathNot: '^src-main/domain/' },
    },
    only(
      'src-main/contract',
      main('contract', 'domain'),
      'contract/ carries what domain/ knows and nothing else, so that both ends can load it.',
    ),
    {
      name: 'contract-names-is-bare',
      comment: 'contract/names is all that the sandboxed preload may load, so it imports nothing.',
      severity: 'error',
      from: { path: '^src-main/contract/names\\.ts$' },
      to: {},
    },
    {
      name: 'contract-is-neutral',
      comment: 'contract/ runs in the page as well as in Node: no node: modules.',
      severity: 'error',
      from: { path: '^src-main/contract/' },
      to: { dependencyTypes: ['core'] },
    },
    only(
      'src-main/monitor',
      main('monitor', 'domain'),
      'monitor/ asks through its own ports and thinks with domain/; who answers is not its business.',
    ),
    only(
      'src-main/redis',
      [...main('redis', 'domain'), 'src-main/(monitor|actions)/ports\\.ts$'],
      'redis/ implements the ports of monitor/ and actions/ and knows nothing else of them.',
    ),
    only(
      'src-main/actions',
      main('actions', 'monitor', 'storage', 'domain'),
      'actions/ runs plans: it sees monitor/, storage/ and domain/, and reaches servers through its own port.',
    ),
    only('src-main/storage', main('storage', 'domain'), 'storage/ keeps values of domain/ and knows nobody else.'),
    only(
      'src-main/export',
      main('export', 'domain'),
      'export/ turns values of domain/ into text and knows nobody else.',
    ),
    only(
      'src-main/lab',
      main('lab', 'monitor', 'actions', 'redis', 'storage', 'domain'),
      'lab/ stands beside the application: it knows neither app/ nor a host.',
    ),
    only(
      'src-main/app',
      main('app', 'contract', 'domain', 'monitor', 'redis', 'actions', 'storage', 'lab', 'export'),
      'app/ implements the contract once, for every host; it knows no host.',
    ),
    only(
      'src-main/hosts/desktop',
      main('hosts/desktop', 'app', 'contract'),
      'A host adapts transports and lifecycle: it sees app/ and contract/ only.',
    ),
    only(
      'src-main/hosts/serve',
      main('hosts/serve', 'app', 'contract'),
      'A host adapts transports and lifecycle: it sees app/ and contract/ only.',
    ),
    only(
      'src-main/hosts/cli',
      main('hosts/cli', 'hosts/serve', 'app', 'contract'),
      'The command line sees app/ and contract/, and hosts/serve for its serve command.',
    ),
    {
      name: 'preload-sees-only-names',
      comment: 'The preload is sandboxed and exposes only the contract: it imports electron and contract/names.',
      severity: 'error',
      from: { path: '^src-main/hosts/desktop/preload\\.ts$' },
      to: { pathNot: ['^src-main/contract/names\\.ts$', '(^|node_modules/)electron(/|$)'] },
    },
    only(
      'src-renderer',
      ['src-renderer', ...main('contract', 'domain')],
      'The page knows the contract and the domain; everything else is behind the bridge.',
    ),
    {
      name: 'page-is-not-node',
      comment: 'The page runs in a browser: no node: modules.',
      severity: 'error',
      from: { path: '^src-renderer/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'nobody-imports-hosts',
      comment: 'Hosts are the outermost ring: nobody imports them.',
      severity: 'error',
      from: { path: OURS, pathNot: '^src-main/hosts/' },
      to: { path: '^src-main/hosts/' },
    },
    {
      name: 'nobody-imports-the-page',
      comment: 'The page is built on its own and reached through the contract: nobody in src-main imports it.',
      severity: 'error',
      from: { path: '^src-main/' },
      to: { path: '^src-renderer/' },
    },
    {
      name: 'no-test-code-in-the-product',
      comment: 'What is shipped imports neither tests nor scripts.',
      severity: 'error',
      from: { path: OURS },
      to: { path: '^(test|scripts)/' },
    },
    reserved(
      'ioredis-only-in-redis',
      ['ioredis'],
      'src-main/redis',
      'Only redis/ imports ioredis: one place that dials, guards the socket and translates errors.',
    ),
    reserved(
      'electron-only-in-desktop',
      ['electron'],
      'src-main/hosts/desktop',
      'Only hosts/desktop imports electron: everything else also runs without it.',
    ),
    reserved(
      'keytar-only-in-storage',
      ['keytar', '@github/keytar'],
      'src-main/storage',
      'Only storage/ imports keytar: one place that can hang on a silent keychain.',
    ),
    reserved(
      'libsql-only-in-storage',
      ['libsql'],
      'src-main/storage',
      'Only storage/ imports libsql: one place that writes files.',
    ),
    reserved(
      'ssh2-only-in-redis',
      ['ssh2'],
      'src-main/redis',
      'Only redis/ imports ssh2: a tunnel is a way to dial a server.',
    ),
    reserved(
      'http-only-in-hosts',
      ['ws', 'sirv'],
      'src-main/hosts/serve',
      'Only hosts/serve speaks HTTP and WebSocket to pages.',
    ),
    reserved('commander-only-in-cli', ['commander'], 'src-main/hosts/cli', 'Only hosts/cli reads a command line.'),
    {
      name: 'vue-only-in-the-page',
      comment: 'Vue and its like belong to the page.',
      severity: 'error',
      from: { path: '^src-main/' },
      to: { path: '(^|node_modules/)(vue|pinia|vue-router|reka-ui|uplot|@vue-flow)(/|$)' },
    },
    {
      name: 'no-unresolvable',
      comment: 'An import that leads nowhere.',
      severity: 'error',
      from: { path: OURS },
      // Loaded when a suite or a platform brings them; see the rules above for who may.
      to: { couldNotResolve: true, pathNot: '^(keytar|libsql|ssh2)$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      extensions: ['.ts', '.vue', '.js', '.mjs', '.cjs', '.json', '.d.ts'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
    },
  },
}
