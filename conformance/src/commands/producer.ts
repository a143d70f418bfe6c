import { defineCommand } from '@keyferry/terminal';
import { resultsSchema } from '../report/results.js';
import { runSuite, SUITE_OPTIONS, textOfResults } from './suite-command.js';

export const producerCommand = defineCommand({
  name: 'producer',
  summary: 'judge a BYOK tool: what it makes, and what it refuses',
  details:
    'The tool is driven through an adapter, a small command that docs/adapter-contract.md describes. It wraps practice keys ' +
    'under KEKs made for this run, whose private parts open each blob here. The adapter is started without a shell, in an ' +
    'empty folder, and gets of the environment PATH, HOME, LANG, SOFTHSM2_CONF, what begins with KEYFERRY_, and the ' +
    'names of --env. A word of it that begins with ./ is a path from here.',
  options: {
    adapter: { type: 'string', demandOption: true, describe: 'the command of the adapter, with its arguments' },
    features: { type: 'string', describe: 'YAML file: kekSizes, targets and repeat, to put the tool to less or more' },
    targets: { type: 'string', describe: 'JSON file: keys that the tool has, where it takes no practice keys' },
    env: { type: 'string', array: true, describe: 'name of a further environment variable that the adapter gets' },
    spy: {
      type: 'string',
      describe:
        'the PKCS#11 module of the tool: pkcs11-spy is put before it, and the calls are judged too; those of a case in which one is wrong are kept in --out',
    },
    ...SUITE_OPTIONS,
  },
  examples: [
    ["keyferry-conformance producer --adapter './my-adapter.sh'", 'all cases'],
    [
      "keyferry-conformance producer --adapter 'python3 ./my-adapter.py' --run 'producer/wrap/kek-2048/*'",
      'some of them',
    ],
    ['keyferry-conformance producer --adapter ./my-adapter.sh --targets targets.json', 'keys that you made'],
    ['keyferry-conformance producer --adapter ./my-adapter.sh --spy /opt/hsm/module.so', 'and what it asks of its HSM'],
  ],
  result: resultsSchema,
  text: textOfResults,
  async run(args, terminal, signal) {
    const { openProducer } = await import('../producer/open-producer.js');
    const { adapter, features, targets, spy, env = [] } = args;
    const kept = args.out === undefined ? null : { folder: args.out, force: args.force };
    const openWitness = spy === undefined ? null : (await import('../evidence/index.js')).spyWitness(spy, kept);
    const open = () => openProducer({ adapter, env, features, targets, openWitness });
    return runSuite(open, args, terminal, signal);
  },
});
