/** Why there is no jail, and what to do about it. */
import { readFileSync } from 'node:fs';
import { packageRoot } from '../core/paths.ts';

/** For programs that are not there. */
export function howToInstall(missing: readonly string[]): string {
  const names = missing.join(' and ');
  if (process.platform !== 'linux') {
    return 'Jails need Linux: grade in a Linux container, in CI, or (on Windows) in WSL 2.';
  }
  const { ID = '', ID_LIKE = '' } = release();
  const packages = missing.map((name) => (name === 'bwrap' ? 'bubblewrap' : 'util-linux')).join(' ');
  const like = `${ID} ${ID_LIKE}`;
  if (/debian|ubuntu/.test(like)) return `${names} is not installed: sudo apt install ${packages}`;
  if (/fedora|rhel|centos/.test(like)) return `${names} is not installed: sudo dnf install ${packages}`;
  if (/arch/.test(like)) return `${names} is not installed: sudo pacman -S ${packages}`;
  if (/alpine/.test(like)) return `${names} is not installed: sudo apk add ${packages}`;
  if (/suse/.test(like)) return `${names} is not installed: sudo zypper install ${packages}`;
  return `${names} is not installed: install the packages ${packages}.`;
}

/** For a jail that did not start, by what was printed. */
export function whyNotStarted(printed: string): string {
  const said = printed.trim().split('\n').at(-1)?.slice(0, 200) ?? '';
  if (/setting up uid map: Permission denied|RTM_NEWADDR/.test(printed)) {
    return (
      `AppArmor keeps bubblewrap from making namespaces (${said}). Allow it, and nothing else: a file ` +
      '/etc/apparmor.d/bwrap with "abi <abi/4.0>, include <tunables/global> profile bwrap /usr/bin/bwrap ' +
      'flags=(unconfined) { userns, }", then: sudo systemctl reload apparmor'
    );
  }
  if (
    /No permissions to creat\w+ new namespace|Creating new namespace failed|Operation not permitted/.test(
      printed,
    )
  ) {
    return (
      `this machine does not let bubblewrap make namespaces (${said}). On a host: sudo sysctl -w ` +
      'kernel.unprivileged_userns_clone=1 user.max_user_namespaces=10000. In Docker: run the container with ' +
      '--security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined'
    );
  }
  if (/Unknown option/.test(printed)) return `bubblewrap is too old (${said}): 0.8 or newer is needed.`;
  if (/EACCES|Cannot find module|Permission denied/.test(printed)) {
    return (
      `the users that submissions run as cannot read ${packageRoot} or Node at ${process.execPath} (${said}). ` +
      'Install both where everybody may read them, or grade as an ordinary user.'
    );
  }
  return `the jail did not start (${said || 'it said nothing'}).`;
}

function release(): Readonly<Record<string, string>> {
  try {
    const lines = readFileSync('/etc/os-release', 'utf8').split('\n');
    return Object.fromEntries(lines.map((line) => line.replaceAll('"', '').split('=', 2)));
  } catch {
    return {};
  }
}
