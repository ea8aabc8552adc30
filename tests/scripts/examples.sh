#!/usr/bin/env bash
# The examples' command lines: every loss and recipe trains, remedies combine, results do not depend on threads, nonsense is
# refused in one line.
#   examples.sh PROGRAMS DATA WORK
set -u
programs=$1 data=$2 work=$3
gan_2d=$programs/gan_2d dcgan=$programs/dcgan_mnist
bad=0
rm -rf "$work"
mkdir -p "$work"
fail() { echo "FAILED: $*"; bad=1; }

# The line of gan_2d --quiet, whole, with a finished run.
plane() {
  local line
  line=$("$gan_2d" --quiet --steps 3 --batch 16 --width 8 --threads 1 "$@" 2>"$work/error.txt") ||
    { fail "gan_2d $*: $(cat "$work/error.txt")"; return; }
  [[ $line =~ ^data=(ring|grid)\ seed=[0-9]+\ steps=3\ modes=[0-9]+\ of=(8|25)\ good=[0-9.]+\ kl=[0-9.]+\ smallest=[0-9.]+\ seconds=[0-9.]+\ status=GAN_OK$ ]] ||
    fail "gan_2d $* says: $line"
}
digits() {
  "$dcgan" --data "$data" --steps 2 --batch 4 --width 2 --threads 1 --out "$work/digits" --restart "$@" >"$work/out.txt" 2>"$work/error.txt" ||
    fail "dcgan_mnist $*: $(cat "$work/error.txt")"
}
refused() { # words that the sentence has, program, options...
  local words=$1
  shift
  if "$@" >"$work/out.txt" 2>"$work/error.txt"; then fail "not refused: $*"; return; fi
  grep -qF -- "$words" "$work/error.txt" || fail "$*: no \"$words\" in: $(cat "$work/error.txt")"
  [ "$(wc -l <"$work/error.txt")" -eq 1 ] || fail "$*: more than a line: $(cat "$work/error.txt")"
}

for loss in standard non_saturating hinge least_squares wasserstein wgan_gp relativistic_average relativistic_pairing; do
  plane --loss $loss
  plane --data ring --loss $loss --spectral-norm --pac 2
  digits --loss $loss
done
for recipe in dcgan wgan_gp sngan r3gan; do
  plane --recipe $recipe
  digits --recipe $recipe
done
for penalty in gradient_penalty r1 r2 zero_centered dragan; do
  plane --penalties $penalty
  digits --penalties "$penalty interval=2"
done
for layer in minibatch-discrimination minibatch-stddev spectral-norm; do plane --$layer; done
for norm in layer_norm batch_norm; do plane --norm-g $norm --norm-d $norm --activation leaky_relu; done
for norm in layer_norm instance_norm none batch_norm; do digits --norm $norm; done
plane --noise 5 --generator "adam lr=cosine(1e-3,0,3)" --discriminator "rmsprop lr=1e-3" --trainer "feature_matching=features d_steps=2"
digits --pac 2 --spectral-norm --trainer "instance_noise=linear(0.1,0,2) d_skip_above=0.9"

echo "gan-network 1
input shape=2 noise=normal
dense units=2" >"$work/g.txt"
plane --network-g "$work/g.txt"

# Alarms: a line with what was found and what to try; no bit of the training is another. After two steps nothing is diverse.
alarm='^ALARM at step 2: never_diverse: The samples .* Lower the generator'
alarmed() { # WORDS OUTPUT: one line of them in the output, none on stderr
  [ "$(grep -c "$alarm" "$2")" -eq 1 ] && [ "$(grep -c ALARM "$2")" -eq 1 ] || fail "$1: $(cat "$2")"
  [ ! -s "$work/error.txt" ] || fail "$1: $(cat "$work/error.txt")"
}
watch="every=2 warmup=1 patience=1"
digits
cp "$work/digits/generator.safetensors" "$work/unwatched"
digits --alarms "$watch"
alarmed "dcgan_mnist --alarms" "$work/out.txt"
cmp "$work/digits/generator.safetensors" "$work/unwatched" || fail "alarms change the training"
"$gan_2d" --steps 3 --batch 16 --width 8 --out "$work/watched" --alarms "$watch" >"$work/out.txt" 2>"$work/error.txt" || fail "gan_2d --alarms"
alarmed "gan_2d --alarms" "$work/out.txt"
"$gan_2d" --quiet --steps 3 --batch 16 --width 8 --alarms "$watch" >"$work/out.txt" 2>"$work/error.txt" || fail "gan_2d --quiet --alarms"
[ "$(wc -l <"$work/out.txt")" -eq 1 ] || fail "gan_2d --quiet --alarms says: $(cat "$work/out.txt")"
[ "$(grep -c "$alarm" "$work/error.txt")" -eq 1 ] && [ "$(wc -l <"$work/error.txt")" -eq 1 ] || fail "gan_2d --quiet: $(cat "$work/error.txt")"

# A profile: a table at the end, a trace; no bit of the training is another.
digits --profile --profile-trace "$work/trace.json"
grep -q '^2 steps of [0-9.]* ms; ' "$work/out.txt" || fail "dcgan_mnist --profile: $(cat "$work/out.txt")"
for row in 'forward      conv2d  *discriminator 3 (conv2d)' 'optimizer    adam  *generator'; do
  grep -q " $row\$" "$work/out.txt" || fail "dcgan_mnist --profile, no \"$row\": $(cat "$work/out.txt")"
done
head -c 60 "$work/trace.json" | grep -q traceEvents || fail "dcgan_mnist --profile-trace"
cmp "$work/digits/generator.safetensors" "$work/unwatched" || fail "a profile changes the training"
"$gan_2d" --quiet --steps 3 --batch 16 --width 8 --profile >"$work/out.txt" 2>"$work/error.txt" || fail "gan_2d --quiet --profile"
[ "$(wc -l <"$work/out.txt")" -eq 1 ] || fail "gan_2d --quiet --profile says: $(cat "$work/out.txt")"
grep -q '^3 steps of ' "$work/error.txt" || fail "gan_2d --quiet --profile: $(cat "$work/error.txt")"
refused 'nowhere' "$gan_2d" --steps 2 --batch 16 --width 8 --out "$work/traced" --profile-trace "$work/nowhere/trace.json"

# A picture, the same at any number of threads.
for threads in 1 3; do
  "$gan_2d" --steps 40 --batch 32 --width 8 --threads $threads --out "$work/plane/$threads" >"$work/plane$threads.txt" || fail "a picture"
done
cmp "$work/plane/1/gan_2d.png" "$work/plane/3/gan_2d.png" || fail "other threads, another picture"
diff <(sed '$d' "$work/plane1.txt") <(sed '$d' "$work/plane3.txt") || fail "other threads, other numbers"

# Each program: its help in lines that a terminal holds, from the options' table, and no other option.
for name in dcgan_mnist dcgan_cifar gan_2d train_classifier gan_evaluate gan_sample gan_info; do
  for option in -h --help; do
    "$programs/$name" $option >"$work/help.txt" || fail "$name $option"
    grep -q "^Usage: $name " "$work/help.txt" || fail "$name $option says nothing"
  done
  [ "$(awk '{ if (length > most) most = length } END { print most }' "$work/help.txt")" -le 130 ] || fail "$name: long lines of help"
  refused 'no such option' "$programs/$name" --bogus
  for option in $(sed -n 's/^  \(--[a-z0-9-]*\) [A-Z].*/\1/p' "$work/help.txt"); do # those that take a value
    refused 'needs a value' "$programs/$name" "$option"
    refused 'needs a value' "$programs/$name" "$option="
  done
done
"$dcgan" --help | grep -qi resnet && fail "dcgan_mnist --help speaks of what it has not"
"$programs/dcgan_cifar" --help | tr -s ' \n' ' ' | grep -q "resnet's usual --width and --noise are 128" || fail "dcgan_cifar --help"
"$dcgan" --steps 5 --help | grep -q 'default 3000' || fail "the help has defaults, not what was typed"
refused 'wanted ring|grid' "$gan_2d" --data square
refused 'wanted a whole number, 1 to' "$gan_2d" --steps many
refused 'not "9e3"' "$gan_2d" --steps=9e3
refused 'not "0"' "$dcgan" --batch 0
refused 'takes no value' "$dcgan" --spectral-norm=yes
refused 'not expected here' "$dcgan" steps
refused 'not together' "$dcgan" --resume --restart
refused 'needs a value' "$dcgan" --out --resume
refused 'cannot make the folder' "$gan_2d" --out "$work/g.txt"
refused 'GAN_E_ARG' "$gan_2d" --out "$work/refused" --loss hing
refused 'must be one of stop|go_back' "$gan_2d" --out "$work/unwatched2d" --alarms non_finite=back
refused 'evry' "$dcgan" --data "$data" --out "$work/unwatched-digits" --width 2 --alarms evry=1
refused 'GAN_E_ARG' "$gan_2d" --out "$work/refused" --batch 15 --pac 2
refused 'batch_norm' "$gan_2d" --out "$work/refused" --norm-d batch_norm --penalties r1
refused 'nowhere.txt' "$gan_2d" --out "$work/refused" --network-d "$work/nowhere.txt"
refused 'batch_norm' "$dcgan" --data "$data" --out "$work/refused" --norm batch_norm --recipe wgan_gp --width 2
refused 'GAN_E_ARG' "$dcgan" --data "$data" --out "$work/refused" --recipe none
exit $bad
