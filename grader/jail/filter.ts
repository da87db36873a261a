/**
 * A seccomp filter: system calls that nothing in a jail needs. Without links and pipes with names, nothing that student
 * code leaves in a shared folder can lead the judge, who opens it, to another place or hold it there.
 */
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Architecture {
  /** AUDIT_ARCH of <linux/audit.h>. */
  readonly audit: number;
  readonly refused: readonly number[];
}

// symlink, symlinkat, link, linkat, mknod, mknodat; ptrace, process_vm_readv/writev; mount and its kin, pivot_root, chroot;
// bpf, perf_event_open, userfaultfd, io_uring_setup/enter/register, keyctl, add_key, request_key, kexec, module loading.
const architectures: Readonly<Partial<Record<NodeJS.Architecture, Architecture>>> = {
  x64: {
    audit: 0xc000003e,
    refused: [
      88, 266, 86, 265, 133, 259, 101, 310, 311, 165, 166, 155, 161, 321, 298, 323, 425, 426, 427, 250, 248,
      249, 246, 320, 175, 313, 428, 429, 430, 431, 432, 433, 442,
    ],
  },
  arm64: {
    audit: 0xc00000b7,
    refused: [
      36, 37, 33, 117, 270, 271, 40, 39, 41, 51, 280, 241, 282, 425, 426, 427, 219, 217, 218, 104, 294, 105,
      273, 428, 429, 430, 431, 432, 433, 442,
    ],
  },
};

const LOAD = 0x20;
const JUMP_EQUAL = 0x15;
const JUMP_AT_LEAST = 0x35;
const RETURN = 0x06;
const ALLOW = 0x7fff0000;
/** With errno EPERM. */
const REFUSE = 0x00050001;
/** x86-64 numbers from here on are another way to the same calls. */
const X32 = 0x40000000;

/** The filter for this machine as `struct sock_filter[]`; undefined where none was written. */
export function filterProgram(): Buffer | undefined {
  const known = architectures[process.arch];
  if (known === undefined) return undefined;
  const { audit, refused } = known;
  const checks = process.arch === 'x64' ? [[JUMP_AT_LEAST, X32] as const] : [];
  const calls = [...checks, ...refused.map((call) => [JUMP_EQUAL, call] as const)];
  const program: (readonly [code: number, yes: number, no: number, value: number])[] = [
    [LOAD, 0, 0, 4],
    [JUMP_EQUAL, 1, 0, audit],
    [RETURN, 0, 0, REFUSE],
    [LOAD, 0, 0, 0],
    ...calls.map(([code, value], index) => [code, calls.length - index, 0, value] as const),
    [RETURN, 0, 0, ALLOW],
    [RETURN, 0, 0, REFUSE],
  ];
  const bytes = Buffer.alloc(program.length * 8);
  for (const [index, [code, yes, no, value]] of program.entries()) {
    bytes.writeUInt16LE(code, index * 8);
    bytes.writeUInt8(yes, index * 8 + 2);
    bytes.writeUInt8(no, index * 8 + 3);
    bytes.writeUInt32LE(value, index * 8 + 4);
  }
  return bytes;
}

/** A descriptor to read the filter from; bubblewrap wants a new one each time. Close it when bubblewrap has started. */
export function openFilter(): number | undefined {
  const program = filterProgram();
  if (program === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'craft-filter-'));
  try {
    const path = join(folder, 'filter');
    writeFileSync(path, program, { mode: 0o400 });
    return openSync(path, 'r');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function closeFilter(filter: number | undefined): void {
  if (filter !== undefined) closeSync(filter);
}
