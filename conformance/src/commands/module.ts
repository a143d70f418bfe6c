import { KeyferryError } from '@keyferry/errors';
import { defineCommand } from '@keyferry/terminal';
import { moduleOptions, obtainPin, pinOptions, soPinOptions, tokenOptions, tokenUri } from '@keyferry/token';
import { resultsSchema } from '../report/results.js';
import { runSuite, SUITE_OPTIONS, textOfResults } from './suite-command.js';

export const moduleCommand = defineCommand({
  name: 'module',
  summary: 'judge a PKCS#11 module: what protects a key in it, and what its wrapping mechanisms really do',
  details:
    'It touches only tokens whose label begins with KEYFERRY-TEST-, and removes what it makes. The module is loaded in a ' +
    'process of its own, so that a crash costs one case. Cases of the security officer are run when that PIN is given.',
  options: { ...moduleOptions, ...tokenOptions, ...pinOptions, ...soPinOptions, ...SUITE_OPTIONS },
  examples: [
    [
      'keyferry-conformance module --module /usr/lib/softhsm/libsofthsm2.so --token KEYFERRY-TEST-1 --pin-file pin',
      'all cases',
    ],
    [
      "keyferry-conformance module --module /usr/lib/hsm.so --token KEYFERRY-TEST-1 --run 'module/one-way/*'",
      'some of them',
    ],
  ],
  result: resultsSchema,
  text: textOfResults,
  async run(args, terminal, signal) {
    const uri = tokenUri(args.token);
    const path = args.module ?? uri.modulePath;
    if (path === undefined)
      throw new KeyferryError('MODULE_NOT_GIVEN', { reason: 'neither --module nor module-path in the URI' });
    const withheld = [args.pinEnv, args.soPinEnv].filter((name) => name !== undefined);
    const under = { path, parameters: args.moduleParameters, token: args.token, withheld };
    const { openModule } = await import('../module/open-module.js');
    const open = () =>
      openModule(under, async (token) => ({
        pin: await obtainPin({ pinFile: args.pinFile, pinEnv: args.pinEnv, uri }, token, terminal),
        soPin:
          args.soPinFile === undefined && args.soPinEnv === undefined
            ? null
            : await obtainPin({ pinFile: args.soPinFile, pinEnv: args.soPinEnv, uri }, token, terminal, 'so'),
      }));
    return runSuite(open, args, terminal, signal);
  },
});
