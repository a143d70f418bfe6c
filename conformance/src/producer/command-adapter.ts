import { SubjectCrash } from '../suite/verdict.js';
import { type Adapter, endOf, type Place } from './adapter.js';
import { MAX_OUTPUT_BYTES } from './contract.js';
import { collect, startProcess } from './process.js';

/** Starts CMD anew for each command. */
export function commandAdapter(place: Place): Adapter {
  return {
    async run(words, signal) {
      signal.throwIfAborted();
      const tool = startProcess([...place.command, ...words], place.folder, place.environment);
      let excess = false;
      const tooMuch = () => {
        excess = true;
        tool.kill();
      };
      const [stdout, stderr] = [collect(tool.child.stdout, tooMuch), collect(tool.child.stderr, tooMuch)];
      tool.child.stdin.end();
      signal.addEventListener('abort', tool.kill);
      try {
        const status = await tool.ended;
        signal.throwIfAborted();
        if (status instanceof Error) throw new SubjectCrash(`the tool cannot be started: ${status.message}`);
        if (excess) throw new SubjectCrash(`${words[0]} wrote more than ${MAX_OUTPUT_BYTES} bytes on a stream`);
        return endOf(words, status, { stdout: stdout(), stderr: stderr() }, place);
      } finally {
        signal.removeEventListener('abort', tool.kill);
      }
    },
    close: async () => undefined,
  };
}
