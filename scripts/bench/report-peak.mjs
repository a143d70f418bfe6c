// Loaded before a program that is measured: says at its end how much memory it had in use at most (KiB).
import { writeFileSync } from 'node:fs';

process.on('exit', () => writeFileSync(process.env.KEYFERRY_BENCH_PEAK, String(process.resourceUsage().maxRSS)));
