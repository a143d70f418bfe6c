// Loaded before a program that is measured: says at its end how much processor time it has used (seconds, user and system).
import { writeFileSync } from 'node:fs';

process.on('exit', () => {
  const { user, system } = process.cpuUsage();
  writeFileSync(process.env.KEYFERRY_BENCH_CPU, String((user + system) / 1e6));
});
