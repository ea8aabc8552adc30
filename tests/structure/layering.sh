#!/usr/bin/env bash
# Folders are layers: a file includes its own folder and those before it in the list, never one after it; losses and
# optimizers don't know each other; only the file for matrix products includes blis.h; the library's own headers are included by path.
set -u
cd "$1" || exit 2
order="base kernels context tensor autograd layers losses optimizers io data metrics trainer"
awk -v order="$order" '
  BEGIN { n = split(order, names, " "); for (i = 1; i <= n; i++) rank[names[i]] = i }
  BEGIN { split("status.h base context.h base profile.h base version.h base tensor.h tensor ops.h autograd layer.h layers loss.h losses " \
                "optimizer.h optimizers io.h io checkpoint.h io dataset.h data metrics.h metrics trainer.h trainer run.h trainer monitor.h trainer", pairs, " ")
          for (i = 1; i in pairs; i += 2) owner[pairs[i]] = pairs[i + 1] }
  FNR == 1 { split(FILENAME, path, "/"); here = path[2]; files++
             if (!(here in rank)) { print FILENAME ": no folder of the list"; bad = 1 } }
  /^[ \t]*#[ \t]*include[ \t]*"/ {
    inc = $0; sub(/^[^"]*"/, "", inc); sub(/".*$/, "", inc)
    if (split(inc, part, "/") < 2 || !(part[1] in rank)) { print FILENAME ":" FNR ": \"" inc "\" is not a path from libgan/"; bad = 1; next }
    if (rank[part[1]] > rank[here]) { print FILENAME ":" FNR ": " here " must not include " inc; bad = 1 }
    if (here == "optimizers" && part[1] == "losses") { print FILENAME ":" FNR ": optimizers must not include " inc; bad = 1 }
  }
  /^[ \t]*#[ \t]*include[ \t]*<gan\// {
    inc = $0; sub(/^[^<]*<gan\//, "", inc); sub(/>.*$/, "", inc)
    if (!(inc in owner)) { print FILENAME ":" FNR ": gan/" inc " belongs to no folder"; bad = 1 }
    else if (rank[owner[inc]] > rank[here]) { print FILENAME ":" FNR ": " here " must not include gan/" inc; bad = 1 }
  }
  /^[ \t]*#[ \t]*include[ \t]*<blis\.h>/ && FILENAME != "libgan/kernels/matmul.c" { print FILENAME ":" FNR ": only matmul.c includes blis.h"; bad = 1 }
  END { if (files < 50) { print "only " files " files seen"; bad = 1 } exit bad }' $(find libgan -name '*.c' -o -name '*.h' -o -name '*.inc' | sort) || exit 1
if grep -rnE '#[ \t]*include[ \t]*"' examples --include='*.c' --include='*.h' | grep -vE '"(classifier|common|dcgan|drawing|evaluate|sources|training)\.h"'; then
  echo "examples include the installed headers and their own only"
  exit 1
fi
if grep -nE '#[ \t]*include[ \t]*"' examples/hello_gan.c; then
  echo "hello_gan is a single file"
  exit 1
fi
