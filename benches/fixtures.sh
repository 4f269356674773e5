#!/usr/bin/env bash
# Compares the processor time of `gasworks statetest --jobs 1` and `revme statetest -s` on the same state-test files.
#
#   benches/fixtures.sh GASWORKS REVME FIXTURES [ROUNDS]
#
# GASWORKS and REVME are the two programs (`cargo build --release`, `cargo install revme --version 43.0.3`), FIXTURES a
# folder with archives `state-*.tar.zst`. Both read the same unpacked files. What revme does not run is taken out first:
# the files that it skips by name, and the results for the fork Constantinople. The runs are interleaved; printed are
# the medians of ROUNDS (3) runs, user and system time together. A failing test is an error.
# Needs bash, tar, zstd, jq and awk.
set -euo pipefail
export LC_ALL=C
[ $# -ge 3 ] || { sed -n '2,10s/^# \{0,1\}//p' "$0" >&2; exit 2; }
gasworks=$1 revme=$2 fixtures=$3 rounds=${4:-3}

# `skip_test` of revme 43; the folder of EIP-7610 is removed below.
skipped="RevertInCreateInInit_Paris RevertInCreateInInit dynamicAccountOverwriteEmpty dynamicAccountOverwriteEmpty_Paris
  RevertInCreateInInitCreate2Paris create2collisionStorage RevertInCreateInInitCreate2 create2collisionStorageParis
  InitCollision InitCollisionParis test_init_collision_create_opcode ValueOverflow ValueOverflowParis
  Call50000_sha256 static_Call50000_sha256 loopMul CALLBlake2f_MaxRounds"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Seconds of processor time of a command, whose output is kept in case it fails.
seconds() {
  local TIMEFORMAT='%U %S'
  { time "$@" >"$work/output" 2>&1; } 2>"$work/time" || { echo "failed: $*" >&2; tail -n 20 "$work/output" >&2; exit 1; }
  awk '{ print $1 + $2 }' "$work/time"
}

median() {
  sort -n "$1" | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'
}

prepare() {
  local name file
  mkdir "$2"
  zstd -d --long=27 --stdout "$1" | tar x -C "$2"
  for name in $skipped; do find "$2" -name "$name.json" -delete; done
  find "$2" -type d -path '*paris/eip7610_create_collision*' -prune -exec rm -r {} +
  { grep -rl --include='*.json' '"Constantinople"' "$2" || true; } | while read -r file; do
    jq -c 'map_values(del(.post.Constantinople)) | with_entries(select(.value.post != {}))' "$file" >"$work/json"
    if [ "$(cat "$work/json")" = '{}' ]; then rm "$file"; else mv "$work/json" "$file"; fi
  done
}

printf '%-32s %8s %12s %12s %8s\n' archive files 'gasworks s' 'revme s' ratio
for archive in "$fixtures"/state-*.tar.zst; do
  name=$(basename "$archive" .tar.zst)
  prepare "$archive" "$work/$name"
  for ((round = 0; round < rounds; round++)); do
    seconds "$gasworks" statetest --jobs 1 "$work/$name" >>"$work/$name.gasworks"
    seconds "$revme" statetest -s --keep-going --omit-progress "$work/$name" >>"$work/$name.revme"
  done
  ours=$(median "$work/$name.gasworks") peer=$(median "$work/$name.revme")
  files=$(find "$work/$name" -name '*.json' | wc -l)
  echo "$files $ours $peer" >>"$work/all"
  awk -v n="$name" -v f="$files" -v a="$ours" -v b="$peer" \
    'BEGIN { printf "%-32s %8d %12.2f %12.2f %8.3f\n", n, f, a, b, a / b }'
  rm -r "${work:?}/$name"
done
awk '{ f += $1; a += $2; b += $3 } END { printf "%-32s %8d %12.2f %12.2f %8.3f\n", "all", f, a, b, a / b }' "$work/all"
