import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';

/** Lambda gives a function of 1,769 MB one CPU, and others a share in proportion (Lambda developer guide, "Memory"). */
const MB_PER_CPU = 1769;
/** Short, like Lambda's, so that a burst cannot get around the share. */
const PERIOD_US = 20_000;

const V1 = '/sys/fs/cgroup/cpu';
const V2 = '/sys/fs/cgroup';

export interface CpuShare {
  /** Limits a process with all its threads to the share from now on. */
  add(pid: number): void;
  close(): void;
}

/**
 * A control group with the CPU share of a function with that much memory; undefined if this machine does not allow one
 * (it takes Linux, and usually root).
 */
export function createCpuShare(memoryMb: number): CpuShare | undefined {
  const name = `otp-relay-bench-${process.pid}-${memoryMb}`;
  const quota = Math.round((PERIOD_US * memoryMb) / MB_PER_CPU);
  const isV2 = existsSync(`${V2}/cgroup.controllers`);
  const group = `${isV2 ? V2 : V1}/${name}`;
  try {
    mkdirSync(group);
    if (isV2) {
      writeFileSync(`${group}/cpu.max`, `${quota} ${PERIOD_US}`);
    } else {
      writeFileSync(`${group}/cpu.cfs_period_us`, String(PERIOD_US));
      writeFileSync(`${group}/cpu.cfs_quota_us`, String(quota));
    }
  } catch {
    return undefined;
  }
  return {
    add: (pid) => {
      writeFileSync(`${group}/cgroup.procs`, String(pid));
    },
    close: () => {
      rmdirSync(group);
    },
  };
}
