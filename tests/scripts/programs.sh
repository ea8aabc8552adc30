#!/usr/bin/env bash
# The examples as a user has them over days: a training that Ctrl-C stopped and --resume went on with is the undisturbed one to the
# bit; folders with a training in them are guarded; gan_sample writes its three formats; gan_info knows each kind of file.
#   programs.sh PROGRAMS DATA WORK
set -u
programs=$(realpath "$1") data=$(realpath "$2") work=$(realpath -m "$3")
bad=0
rm -rf "$work"
mkdir -p "$work"
cd "$work" || exit 1
fail() { echo "FAILED: $*"; bad=1; }
# says WORDS COMMAND ...: it succeeds and says them; refuses WORDS COMMAND ...: it fails, in one line with them.
says() {
  local words=$1
  shift
  "$@" >said.txt 2>&1 || { fail "$*: $(tail -n 3 said.txt)"; return; }
  grep -qF -- "$words" said.txt || fail "$*: no \"$words\" in: $(cat said.txt)"
}
refuses() {
  local words=$1
  shift
  if "$@" >said.txt 2>&1; then fail "not refused: $*"; return; fi
  grep -qF -- "$words" said.txt || fail "$*: no \"$words\" in: $(cat said.txt)"
}

# Some pictures of each kind, made of the bytes of real digits.
gzip -dc "$data/train-images-idx3-ubyte.gz" >digits.idx
mkdir -p cifar-10-batches-bin
for batch in 1 2 3 4 5; do
  for picture in 0 1 2 3 4 5 6 7 8 9; do
    printf "\\x0$(((picture * 3 + batch) % 10))"
    tail -c +$((17 + (batch * 10 + picture) * 3072)) digits.idx | head -c 3072
  done >cifar-10-batches-bin/data_batch_$batch.bin
done
cp cifar-10-batches-bin/data_batch_1.bin cifar-10-batches-bin/test_batch.bin
printf '%s\n' airplane automobile bird cat deer dog frog horse ship truck '' >cifar-10-batches-bin/batches.meta.txt
tar -czf cifar-10-binary.tar.gz cifar-10-batches-bin

# began FOLDER: waits until the training there has taken steps; ends PROCESS OUTPUT: SIGINT, and whether that stopped a training.
began() {
  for _ in $(seq 1500); do
    [ "$(cat $1/log.jsonl 2>/dev/null | wc -l)" -lt 10 ] || return
    sleep 0.02
  done
}
ends() { kill -INT "$1" 2>/dev/null && wait "$1" && grep -q -- '--resume goes on' "$2"; }

# stop_and_go NAME RESULT COMMAND ...: trains undisturbed to NAME-whole; then again to NAME-stopped, stopped by SIGINT in the middle
# and resumed with other threads; RESULT is the same file. On a busy machine the signal may come too late: then once more.
stop_and_go() {
  local name=$1 result=$2 try
  shift 2
  "$@" --out $name-whole --threads 1 >$name-whole.txt 2>&1 || { fail "$*: $(tail -n 3 $name-whole.txt)"; return; }
  for try in 1 2 3 4 5; do
    rm -rf $name-stopped
    "$@" --out $name-stopped --threads 2 --checkpoint-seconds 0 >$name-stopped.txt 2>&1 &
    began $name-stopped
    ! ends $! $name-stopped.txt || break
    [ $try -lt 5 ] || fail "$name was not stopped: $(tail -n 3 $name-stopped.txt)"
  done
  refuses 'there is a training already; --resume' "$@" --out $name-stopped
  says 'Going on from step' "$1" --out $name-stopped --resume --threads 3
  cmp $name-whole/$result $name-stopped/$result || fail "$name: another $result"
}

stop_and_go digits generator.safetensors \
  "$programs/dcgan_mnist" --data "$data" --steps 400 --batch 4 --width 2 --noise 8 --seed 3 \
  --evaluate 80 --evaluate-count 40 --measures "fid; modes"
judgements() { grep -o '"evaluation":.*\|"best":\[.*' "$1/log.jsonl"; }
[ "$(judgements digits-whole | wc -l)" -eq 6 ] || fail "digits-whole was not judged 5 times and at the end"
cmp <(judgements digits-whole) <(judgements digits-stopped) || fail "other scores"
cmp digits-whole/samples.png digits-stopped/samples.png || fail "other samples"
for file in samples/step-000000012.png samples/step-000000400.png progress.png; do
  [ ! -e digits-whole/$file ] || cmp digits-whole/$file digits-stopped/$file || fail "another $file"
done
[ "$(ls digits-whole/samples | wc -l)" -eq "$(ls digits-stopped/samples | wc -l)" ] || fail "other moments"
stop_and_go colours generator.safetensors \
  "$programs/dcgan_cifar" --data "$work" --flip --steps 300 --batch 4 --width 2 --noise 8
stop_and_go residual generator.safetensors \
  "$programs/dcgan_cifar" --data "$work/cifar-10-binary.tar.gz" --architecture resnet --steps 40 --batch 2 --width 2 --noise 4
stop_and_go plane generator.safetensors \
  "$programs/gan_2d" --data ring --steps 1500 --batch 16 --width 8
cmp plane-whole/gan_2d.png plane-stopped/gan_2d.png || fail "another picture of the plane"
cmp plane-whole/progress.png plane-stopped/progress.png || fail "another course in the plane"

# A classifier, with dropout: its checkpoint is libgan's, its loop its own.
images=$data/train-images-idx3-ubyte.gz labels=$data/train-labels-idx1-ubyte.gz
printf '%s\n' 'gan-network 1' 'input shape=28x28x1' 'flatten' 'dropout probability=0.2' 'dense units=10' >network
classify=("$programs/train_classifier" --images "$images" --labels "$labels" --test-images "$images" --test-labels "$labels"
  --network network --epochs 3 --batch 16)
"${classify[@]}" --out class-whole >class-whole.txt || fail "train_classifier"
for pause in 0.3 0.1 0.6 1 2; do # after its options are written
  rm -rf class-stopped
  "${classify[@]}" --out class-stopped --threads 1 --checkpoint-seconds 1 >class-stopped.txt &
  process=$!
  for _ in $(seq 1500); do [ ! -e class-stopped/options.txt ] || break; sleep 0.02; done
  sleep $pause
  ! ends $process class-stopped.txt || break
  [ $pause != 2 ] || fail "train_classifier was not stopped: $(cat class-stopped.txt)"
done
refuses 'there is a training already' "${classify[@]}" --out class-stopped
says 'read again' "$programs/train_classifier" --out class-stopped --resume --threads 2
cmp class-whole/classifier.safetensors class-stopped/classifier.safetensors || fail "another classifier"
diff <(sed -n 's/  [0-9]* s  / /; /^epoch 3/p' class-whole.txt) <(sed -n 's/  [0-9]* s  / /; /^epoch 3/p' said.txt) ||
  fail "another last epoch"

# What a folder's training was begun with stays; --restart gives it up.
refuses '--width: the training was begun with "2"' "$programs/dcgan_mnist" --out digits-whole --resume --width 3
refuses '--loss: the training was begun without it' "$programs/dcgan_mnist" --out digits-whole --resume --loss hinge
says 'Going on from step 400' "$programs/dcgan_mnist" --out digits-whole --resume --steps 402 --seed 3
says '402' "$programs/gan_info" digits-whole

# What only watches a training is given anew, and stays so.
says 'recall' "$programs/dcgan_mnist" --out digits-whole --resume --steps 404 --evaluate 2 --evaluate-count 30 --measures "prdc; modes"
grep -q 'step 404:  precision' said.txt || fail "other measures: $(cat said.txt)"
grep -q fid said.txt && fail "the old measure, too: $(cat said.txt)"
says 'step 406:  precision' "$programs/dcgan_mnist" --out digits-whole --resume --steps 406
says 'ALARM at step 408: d_won' "$programs/dcgan_mnist" --out digits-whole --resume --steps 408 --evaluate 0 \
  --alarms "every=2 warmup=1 patience=1 saturation=0"
grep -q 'precision' said.txt && fail "--evaluate 0 evaluates: $(cat said.txt)"
says 'The pictures are in' "$programs/dcgan_mnist" --out digits-whole --resume --steps 410 --alarms every=0
grep -q ALARM said.txt && fail "--alarms every=0 watches: $(cat said.txt)"
# What is refused stays with nobody: neither with a training that is resumed, nor in a folder of its own.
refuses 'nowhere' "$programs/dcgan_mnist" --out digits-whole --resume --steps 412 --evaluate 2 --judge nowhere
refuses 'evry' "$programs/dcgan_mnist" --out digits-whole --resume --steps 412 --alarms evry=1
refuses 'evry' "$programs/dcgan_mnist" --data "$data" --out digits-whole --restart --steps 2 --alarms evry=1
says 'Going on from step 410' "$programs/dcgan_mnist" --out digits-whole --resume --steps 412
refuses 'must be a whole number' "$programs/gan_2d" --steps 2 --out points --alarms samples=x
says 'the picture is' "$programs/gan_2d" --steps 2 --out points --alarms every=50
says 'ALARM at step 2: never_diverse' "$programs/dcgan_cifar" --data "$work" --steps 2 --batch 4 --width 2 --noise 8 --out watched \
  --alarms "every=2 warmup=1 patience=1"
says 'The pictures are in' "$programs/dcgan_mnist" --data "$data" --out digits-whole --restart --steps 2 --batch 4 --width 2
[ "$(ls digits-whole/samples | wc -l)" -eq 2 ] || fail "samples of an earlier training are left"
says 'The pictures are in' "$programs/dcgan_mnist" --data "$data" --out fresh --resume --steps 2 --batch 4 --width 2

# The options are there before the run is, so that one that is killed as it begins is gone on with as it was begun. (What can't be
# removed stands for the kill.)
mkdir -p killed/config.txt
refuses 'cannot remove' "$programs/dcgan_mnist" --data "$data" --out killed --restart --steps 2 --batch 4 --width 2
rmdir killed/config.txt
refuses 'there is a training already; --resume' "$programs/dcgan_mnist" --out killed
says 'The pictures are in' "$programs/dcgan_mnist" --out killed --resume
says 'filters=2 kernel=4' cat killed/config.txt

# gan_sample: a grid, an array, a folder; all the same pictures, of a model and of a checkpoint.
model=digits-stopped/generator.safetensors
sample() { says 'pictures are in' "$programs/gan_sample" "$@"; }
sample $model --seed 3 --out model.png
cmp model.png digits-stopped/samples.png || fail "gan_sample draws other pictures than the training"
checkpoint=$(ls digits-stopped/checkpoints/step-*.safetensors | tail -n 1)
sample "$checkpoint" --seed 3 --out checkpoint.png
cmp model.png checkpoint.png || fail "the checkpoint's average is another network"
sample "$checkpoint" --seed 3 --part generator --out part.png
cmp -s model.png part.png && fail "--part makes no difference"
sample $model --count 6 --seed 3 --out six.npy
[ "$(wc -c <six.npy)" -eq $((128 + 6 * 784)) ] || fail "the array has $(wc -c <six.npy) bytes"
sample $model --count 3 --seed 3 --out three.npy
sample $model --count 3 --seed 3 --first 3 --out last.npy
cmp <(tail -c 4704 six.npy) <(cat <(tail -c 2352 three.npy) <(tail -c 2352 last.npy)) || fail "--first"
sample $model --count 6 --seed 3 --out six/
[ "$(ls six | tr '\n' ' ')" = '000000.png 000001.png 000002.png 000003.png 000004.png 000005.png ' ] || fail "the folder has $(ls six)"
sample $model --count 6 --seed 3 --truncation 0.5 --out truncated.npy
cmp -s six.npy truncated.npy && fail "--truncation makes no difference"
sample $model --count 12 --seed 3 --interpolate 4 --out ways.npy
cmp <(tail -c 9408 ways.npy | head -c 784) <(tail -c 4704 six.npy | head -c 784) || fail "a way begins elsewhere"
cmp <(tail -c 9408 ways.npy | tail -c +3137 | head -c 784) <(tail -c 4704 six.npy | tail -c +785 | head -c 784) ||
  fail "the second way begins elsewhere"
refuses 'No such file' "$programs/gan_sample" nowhere.safetensors
refuses 'makes no pictures' "$programs/gan_sample" plane-whole/generator.safetensors --out plane.png
refuses 'a / at its end' "$programs/gan_sample" $model --out samples.jpg
refuses 'no network "mean"' "$programs/gan_sample" "$checkpoint" --part mean --out mean.png

# gan_info, on a file of each kind.
says 'conv_transpose2d' "$programs/gan_info" $model
says 'discriminator:' "$programs/gan_info" "$checkpoint"
says '10000 of 28x28x1' "$programs/gan_info" "$images"
says '10 classes' "$programs/gan_info" "$labels"
says '10000 of 28x28x1' "$programs/gan_info" digits.idx
says '10 of 32x32x3' "$programs/gan_info" cifar-10-batches-bin/data_batch_2.bin
says 'truck' "$programs/gan_info" cifar-10-batches-bin
says '50 of 32x32x3' "$programs/gan_info" cifar-10-binary.tar.gz
says '6 of 28x28x1' "$programs/gan_info" six.npy
mkdir -p classes/a classes/b
cp six/00000[01].png classes/a
cp six/00000[2345].png classes/b
says '6 of 32x32x3' "$programs/gan_info" classes
grep -qE '^ +1 +b +4$' said.txt || fail "the classes of a folder: $(cat said.txt)"
cp -r classes 'broken= size='
says '6 of 32x32x3' "$programs/gan_info" 'broken= size='
says 'trainer:' "$programs/gan_info" digits-stopped
refuses 'one picture' "$programs/gan_info" model.png
refuses 'wanted a model' "$programs/gan_info" network
head -c 1000 $model >cut.safetensors
refuses 'cut.safetensors' "$programs/gan_info" cut.safetensors
says 'The pictures are in' "$programs/dcgan_cifar" --set folder --data classes --out folder --steps 2 --batch 4 --width 2

# A training that met a broken picture goes on without it.
head -c 100 classes/b/000005.png >cut.png
cp cut.png classes/b/000005.png
refuses 'broken=skip passes such pictures over' "$programs/dcgan_cifar" --out folder --resume --steps 6
says 'others took: 1' "$programs/dcgan_cifar" --out folder --resume --steps 6 --dataset broken=skip
exit $bad
