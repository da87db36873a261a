/** The scripts that Gradescope starts: once when its image is built, and once for each submission. */
import { randomBytes } from 'node:crypto';
import { CraftError } from '../../core/errors.ts';
import type { AutograderOptions } from './autograder.ts';

/** Builds the image. Gradescope runs it as root, with a network. */
export const setup = `#!/usr/bin/env bash
# Builds the image: bubblewrap for the jail, Node, and craft with the dependencies of its lock file.
set -euo pipefail
root="\${AUTOGRADER_ROOT:-/autograder}"
prefix="\${AUTOGRADER_PREFIX:-/usr/local}"
. "$root/source/settings.sh"

export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends bubblewrap ca-certificates curl git xz-utils

case "$(uname -m)" in
  x86_64) arch=x64 ;;
  aarch64) arch=arm64 ;;
  *) echo "no Node for $(uname -m)" >&2; exit 1 ;;
esac
name="node-v$NODE_VERSION-linux-$arch.tar.xz"
download="$(mktemp -d)"
curl -fsSL -o "$download/$name" "https://nodejs.org/dist/v$NODE_VERSION/$name"
curl -fsSL -o "$download/sums" "https://nodejs.org/dist/v$NODE_VERSION/SHASUMS256.txt"
(cd "$download" && grep " $name\\$" sums | sha256sum --check --status -) || {
  echo "$name is not what nodejs.org says it is" >&2
  exit 1
}
tar -xJf "$download/$name" -C "$prefix" --strip-components=1
rm -rf "$download"

cd "$root/source/craft"
if [ -f package-lock.json ]; then npm ci --omit=dev --ignore-scripts; else npm install --omit=dev --ignore-scripts; fi
chmod +x dist/bin/craft.js
ln -sf "$root/source/craft/dist/bin/craft.js" "$prefix/bin/craft"
craft --version
craft doctor || true # says in the build's log whether the jail holds here
`;

/** Grades one submission. What it prints is for instructors. */
export const runAutograder = `#!/usr/bin/env bash
# Grades what is in submission/ and writes results/results.json. When craft itself fails there is no such file:
# Gradescope then says that the autograder failed, and nobody has a zero for it.
set -uo pipefail
root="\${AUTOGRADER_ROOT:-/autograder}"
. "$root/source/settings.sh"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
mkdir -p "$root/results" "$work/class"
rm -f "$root/results/results.json"

# The same students have the same id at every submission, and with it the same inputs of their checks.
student="$(node -e '
  const { users = [] } = JSON.parse(require("node:fs").readFileSync(process.argv[1], "utf8"));
  const ids = users.map(({ id }) => String(id).replace(/[^0-9A-Za-z]/g, "")).filter(Boolean).sort();
  console.log(ids.join("-") || "submission");
' "$root/submission_metadata.json" 2>/dev/null || echo submission)"
cp -RP "$root/submission" "$work/class/$student" || exit 1

arguments=(--visibility "$VISIBILITY" --jobs 1 --out "$work/out")
[ -n "$SEED" ] && arguments+=(--seed "$SEED")
[ -n "$EXERCISES" ] && arguments+=(--exercises "$EXERCISES")
[ -f "$root/source/course.json" ] && arguments+=(--course "$root/source/course.json")
[ "$NO_GATES" = 1 ] && arguments+=(--no-gates)
[ "$ALLOW_UNSEALED" = 1 ] && arguments+=(--allow-unsealed)
craft grade "$work/class" "\${arguments[@]}"
code=$?

# 0: everything was graded. 2: not everything, which still can be a result: what was not graded counts neither way.
result="$(find "$work/out/gradescope" -name '*.json' -type f 2>/dev/null)"
[ "$code" = 0 ] || echo "craft ended with exit code $code: not everything was graded"
if ! node -e '
  const { extra_data: data } = JSON.parse(require("node:fs").readFileSync(process.argv[1], "utf8"));
  process.exit(data.max_score > 0 ? 0 : 1);
' "$result" 2>/dev/null; then
  echo "craft could not grade this submission (exit code $code). Run the autograder again." >&2
  exit 1
fi
cp "$result" "$root/results/results.json.new" && mv "$root/results/results.json.new" "$root/results/results.json"
`;

/** @throws CraftError BAD_USAGE for a version of Node that is none: it becomes part of an address */
export function settings(options: AutograderOptions & { readonly node: string }): string {
  const { exercises = '', visibility = 'visible', noGates = false, allowUnsealed = false, node } = options;
  // A course file brings its own key.
  const { seed = options.course === undefined ? randomBytes(16).toString('hex') : '' } = options;
  if (!/^\d+\.\d+\.\d+$/.test(node))
    throw new CraftError('BAD_USAGE', { message: `"${node}" is no version of Node` });
  const lines = {
    NODE_VERSION: node,
    EXERCISES: exercises,
    VISIBILITY: visibility,
    SEED: seed,
    NO_GATES: noGates ? '1' : '0',
    ALLOW_UNSEALED: allowUnsealed ? '1' : '0',
  };
  const text = Object.entries(lines).map(([name, value]) => `${name}=${quoted(value)}\n`);
  return `# What setup.sh and run_autograder read: change it here, zip again.\n${text.join('')}`;
}

/** As one word of a shell. */
function quoted(value: string): string {
  return `'${value.replaceAll("'", `'\\''`)}'`;
}
