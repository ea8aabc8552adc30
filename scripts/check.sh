#!/usr/bin/env bash
# Installs what is missing, builds, runs every test, and ends with "N passed, N failed".
#
# Everything on GCC's release build; on Clang's the bits; address and undefined-behaviour sanitizers, thread sanitizer and valgrind with
# small networks and few steps; each fuzzer for some seconds. It writes in build/check only.
#   scripts/check.sh [quick]     quick: the release build's tests only
set -u
cd "$(dirname "$0")/.." || exit 1
scripts/install-packages.sh || exit 1

passed=0 failed=0 skipped=0 runner=
mkdir -p build/check
jobs=$(nproc)

# report LABEL LOG STATUS SECONDS
report() {
  if [ "$3" -eq 0 ]; then
    passed=$((passed + 1))
    printf 'pass  %-50s %4d s\n' "$1" "$4"
  else
    failed=$((failed + 1))
    printf 'FAIL  %-50s %4d s, see build/check/%s\n' "$1" "$4" "$2"
    tail -n 30 "build/check/$2" | sed 's/^/      /'
  fi
}

# step LABEL LOG COMMAND ...: one thing that passes or fails as a whole.
step() {
  local label=$1 log=$2 began=$SECONDS status=0
  shift 2
  "$@" >"build/check/$log" 2>&1 || status=$?
  report "$label" "$log" "$status" $((SECONDS - began))
}

# queue LABEL LOG COMMAND ...: a step that run_queue takes, each with one thread, as many at a time as there are CPUs.
labels=() logs=() commands=()
queue() {
  labels+=("$1") logs+=("$2")
  shift 2
  commands+=("$(printf '%q ' "$@")")
}
run_queue() {
  local i status seconds
  for i in "${!labels[@]}"; do
    while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do wait -n; done
    rm -f "build/check/${logs[i]}.ended"
    {
      local began=$SECONDS
      status=0
      eval "${commands[i]}" >"build/check/${logs[i]}" 2>&1 || status=$?
      echo "$status $((SECONDS - began))" >"build/check/${logs[i]}.ended"
    } &
  done
  wait
  for i in "${!labels[@]}"; do
    status=1 seconds=0
    read -r status seconds <"build/check/${logs[i]}.ended"
    report "${labels[i]}" "${logs[i]}" "$status" "$seconds"
  done
  labels=() logs=() commands=()
}
skip() { skipped=$((skipped + 1)); printf 'skip  %s\n' "$1"; }

# tests LABEL FOLDER CTEST-ARGUMENTS...: every test of a build counts by itself.
tests() {
  local label=$1 folder=$2 log=build/check/$2-tests.log ok bad
  shift 2
  if [ ! -e "build/check/$folder/built" ]; then
    failed=$((failed + 1))
    printf 'FAIL  %-50s not run: its build failed\n' "$label"
    return
  fi
  $runner ctest --test-dir "build/check/$folder" --output-on-failure --timeout 300 -j "$jobs" "$@" >"$log" 2>&1
  ok=$(grep -cE '^ *[0-9]+/[0-9]+ Test .* Passed' "$log")
  bad=$(grep -cE '^ *[0-9]+/[0-9]+ Test .*\*\*\*(Failed|Exception|Timeout|Not Run)|\*\*\*Not Run' "$log")
  if [ "$ok" -eq 0 ] && [ "$bad" -eq 0 ]; then bad=1; fi
  passed=$((passed + ok))
  failed=$((failed + bad))
  printf '%-5s %-50s %d passed, %d failed of its tests\n' "$([ "$bad" -eq 0 ] && echo pass || echo FAIL)" "$label" "$ok" "$bad"
  [ "$bad" -eq 0 ] || grep -vE '^ *[0-9]+/[0-9]+ Test .* Passed|^ *Start ' "$log" | tail -n 60 | sed 's/^/      /'
}
build() { # preset, targets...: configure and build without a warning
  local preset=$1
  shift
  rm -f "build/check/$preset/built"
  cmake --preset "$preset" -B "build/check/$preset" -DGAN_WERROR=ON "${@:2}" &&
    cmake --build "build/check/$preset" -j "$jobs" ${1:+--target "$1"} && touch "build/check/$preset/built"
}

under_valgrind() { # test, arguments...
  local test=$PWD/build/check/release/tests/$1
  shift
  (cd build/check && CK_FORK=no CK_TIMEOUT_MULTIPLIER=50 valgrind -q --error-exitcode=9 --leak-check=full \
    --errors-for-leak-kinds=definite,possible --suppressions=../../tests/valgrind.supp "$test" "$@")
}

build_fuzzers() {
  rm -rf build/check/fuzz/tests/fuzz/fuzz_*
  cmake -S . -B build/check/fuzz -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_COMPILER=clang -DGAN_SANITIZE=address,undefined,fuzzer-no-link \
    -DGAN_FUZZ=ON -DGAN_BUILD_EXAMPLES=OFF && cmake --build build/check/fuzz -j "$jobs" --target fuzzers
}
fuzz() { # program: some seconds from its corpus
  local name=${1##*/fuzz_} found
  found=build/check/fuzz-found/${1##*/fuzz_}
  rm -rf "$found"
  mkdir -p "$found"
  "$1" -max_total_time=8 -timeout=20 -rss_limit_mb=3000 -artifact_prefix="$found/" "$found" "tests/fuzz/corpus/$name"
}

clang_options=()
if command -v clang >/dev/null; then
  step "Clang: build" clang.log build clang guest_train
  clang_options=(-DGAN_OTHER_TRAIN="$PWD/build/check/clang/tests/guest/guest_train")
else
  skip "Clang is not installed"
fi
step "GCC: build" release.log build release "" -DGAN_BUILD_STATIC=ON -DGAN_BUILD_BENCH=ON "${clang_options[@]}"
tests "GCC: release" release
if [ "${1:-}" != quick ]; then
  step "address and undefined sanitizers: build" address.log build address
  CK_FORK=no CK_TIMEOUT_MULTIPLIER=20 ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1 \
    tests "address and undefined sanitizers" address
  if command -v clang >/dev/null; then
    step "fuzzers: build" fuzz.log build_fuzzers
    for target in build/check/fuzz/tests/fuzz/fuzz_*; do
      [ ! -x "$target" ] || queue "fuzzer: $(basename "$target")" "$(basename "$target").log" fuzz "$target"
    done
    run_queue
  fi
  if setarch -R true 2>/dev/null; then
    step "thread sanitizer: build" thread.log build thread
    # Without address randomisation: on some kernels the sanitizer finds no room otherwise.
    runner="setarch -R"
    CK_FORK=no CK_TIMEOUT_MULTIPLIER=20 TSAN_OPTIONS=halt_on_error=1 \
      tests "thread sanitizer" thread -R 'guest|base|context|trainer_threads|data_threads'
    runner=
  else
    skip "thread sanitizer: this system refuses setarch -R"
  fi
  if command -v valgrind >/dev/null; then
    # Its CPU has AVX2 and no AVX-512. Kernels and ops are left to the sanitizers: they would take minutes. The longest first.
    for test in trainer/test_trainer_failures guest/guest_allocations data/test_data tensor/test_tensor guest/guest_finalizers \
      context/test_context losses/test_losses optimizers/test_optimizers; do
      queue "valgrind: $(basename $test)" "valgrind-$(basename $test).log" under_valgrind $test
    done
    queue "valgrind: training" valgrind-train.log under_valgrind guest/guest_train "$PWD/examples/data" \
      steps=2 batch=4 width=2 options=threads=2 sample=1
    run_queue
  else
    skip "valgrind is not installed"
  fi
  if clang-format --version 2>/dev/null | grep -q 'version 14\.'; then # others format otherwise
    step "format" format.log bash -c "git ls-files '*.c' '*.h' '*.inc' | grep -v '^tests/oracle/.*\.h$' | xargs clang-format --dry-run -Werror"
  else
    skip "format: clang-format 14 is not installed"
  fi
fi

printf '\n%d passed, %d failed' "$passed" "$failed"
[ "$skipped" -eq 0 ] || printf ', %d skipped' "$skipped"
printf '\n'
[ "$failed" -eq 0 ]
