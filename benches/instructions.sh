#!/usr/bin/env bash
# Instructions of the processor for each instruction of the EVM, counted by valgrind: times on shared machines are noisy,
# counts are not. What a machine does once is left out by the difference of two runs.
#   benches/instructions.sh [PROGRAM...]
set -euo pipefail
cd "$(dirname "$0")/.."
programs=("$@")
[ ${#programs[@]} -gt 0 ] || programs=(fibonacci-calldata sha1_shifts/empty quicksort_2000 snailtracer/evmone erc20_transfers_2000)
single=$(cargo bench -q -p gasworks-benches --bench single --no-run --message-format=json |
  sed -n 's/.*"executable":"\([^"]*\/single-[^"]*\)".*/\1/p' | tail -1)

count() { # MACHINE PROGRAM TIMES
  valgrind --tool=callgrind --callgrind-out-file=/dev/null "$single" "$@" 2>&1 | awk '/Collected/ { print $4 }'
}

echo "| program | EVM instructions | gasworks | revm | ratio |"
echo "|---|--:|--:|--:|--:|"
for program in "${programs[@]}"; do
  steps=$("$single" steps "$program" 1)
  row=()
  for machine in gasworks revm; do
    few=$(count $machine "$program" 1)
    many=$(count $machine "$program" 4)
    row+=("$(awk -v f="$few" -v m="$many" -v s="$steps" 'BEGIN { printf "%.2f", (m - f) / 3 / s }')")
  done
  ratio=$(awk -v a="${row[0]}" -v b="${row[1]}" 'BEGIN { printf "%.2f", a / b }')
  echo "| $program | $steps | ${row[0]} | ${row[1]} | $ratio |"
done
