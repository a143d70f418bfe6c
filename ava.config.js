export default {
  files: ['packages/*/test/**/*.test.ts', 'conformance/test/**/*.test.ts', 'test/**/*.test.ts'],
  extensions: { ts: 'module' },
  nodeArguments: ['--import=tsx'],
  // A PKCS#11 module keeps its state per process: each test file has a process of its own.
  workerThreads: false,
  timeout: '3m',
};
